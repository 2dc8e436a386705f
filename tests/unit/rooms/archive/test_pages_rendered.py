"""Rendered images and thumbnails over DICOMweb: the right frame, the right form, nothing beyond the scope."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
from django.test import Client
from PIL import Image
from support.archive_book import SR, MemoryBlobs, put, scan, signed_in

from isocentre.audit.models import AuditRow
from isocentre.core.actor import Actor, Scope
from isocentre.rooms.archive import door, looks, rendered

pytestmark = pytest.mark.usefixtures("archive")
STUDY = "/dicomweb/studies/2.25.10"
SERIES = f"{STUDY}/series/2.25.10.1"
ONE = f"{SERIES}/instances/2.25.10.1.1"
EVERY = [f"{where}/{what}" for where in (STUDY, SERIES, ONE, f"{ONE}/frames/1") for what in ("rendered", "thumbnail")]
PNG = {"Accept": "image/png"}


@pytest.fixture
def core() -> Client:
    return signed_in("imaging_core")


def grey(answer: Any) -> int:
    """The one grey value of a picture, undone to the stored one (window 50, 101)."""
    assert answer.status_code == 200, answer.content
    value = Image.open(io.BytesIO(answer.content)).getpixel((0, 0))
    assert isinstance(value, int)
    return round((value / 255 - 0.5) * 100 + 49.5)


@pytest.mark.parametrize("url", EVERY)
def test_every_level_gives_a_picture_to_those_who_may_see_it(core: Client, url: str) -> None:
    scan("10")
    answer = core.get(url)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert answer["Cache-Control"] == "private, no-store"
    assert Image.open(io.BytesIO(answer.content)).size == (16, 8)


@pytest.mark.parametrize("url", EVERY)
def test_out_of_scope_answers_like_nothing_there(core: Client, url: str) -> None:
    scan("10")
    absent = core.get(url.replace("2.25.10", "2.25.99"))
    assert absent.status_code == 404
    for client in (signed_in("imaging_core", "other"), signed_in("imaging_core", "*", "RYY01")):
        assert client.get(url).content == absent.content
    assert signed_in("national_auditor").get(url).status_code == 403
    assert Client().get(url).status_code == 401
    assert not AuditRow.objects.filter(action="images_viewed").exists()


def test_a_path_under_another_scan_is_not_there(core: Client) -> None:
    scan("10")
    scan("11")
    assert core.get("/dicomweb/studies/2.25.11/series/2.25.10.1/rendered").status_code == 404
    assert core.get(f"{STUDY}/series/2.25.10.1/instances/2.25.11.1.1/rendered").status_code == 404


def test_a_series_shows_its_middle_image_and_a_scan_its_first_series(core: Client) -> None:
    scan("10", series=2, images=5)
    assert grey(core.get(f"{SERIES}/rendered", headers=PNG)) == 30
    assert grey(core.get(f"{STUDY}/thumbnail", headers=PNG)) == 30
    assert grey(core.get(f"{SERIES}/instances/2.25.10.1.4/rendered", headers=PNG)) == 40


def test_a_scan_whose_first_series_is_a_report_shows_the_next(core: Client) -> None:
    put("10.1.1", sop_class=SR, Modality="SR")
    put("10.2.1", level=70)
    assert grey(core.get(f"{STUDY}/rendered", headers=PNG)) == 70
    answer = core.get(f"{SERIES}/thumbnail")
    assert (answer.status_code, answer["Content-Type"]) == (406, "application/problem+json")
    assert "no picture" in answer.content.decode()


def test_frames(core: Client) -> None:
    put("10.1.1", frames=5, level=20)
    assert grey(core.get(f"{ONE}/rendered", headers=PNG)) == 20
    assert grey(core.get(f"{ONE}/thumbnail", headers=PNG)) == 22
    assert grey(core.get(f"{ONE}/frames/5/rendered", headers=PNG)) == 24
    assert [core.get(f"{ONE}/frames/{n}/rendered").status_code for n in ("6", "0", "x", "1,2")] == [400] * 4


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("image/png", "image/png"),
        ("image/jpeg;q=0.5, image/png", "image/png"),
        ("image/avif,image/webp,image/*,*/*;q=0.8", "image/jpeg"),
        ("", "image/jpeg"),
        ("image/gif", ""),
        ("multipart/related; type=image/jpeg", ""),
        ("image/jpeg;q=0", ""),
    ],
)
def test_the_media_type_is_negotiated(core: Client, accept: str, kind: str) -> None:
    scan("10")
    answer = core.get(f"{ONE}/rendered", headers={"Accept": accept})
    assert answer.status_code == (200 if kind else 406)
    assert answer["Content-Type"] == (kind or "application/problem+json")
    if kind:
        assert (Image.open(io.BytesIO(answer.content)).format or "").lower() == kind.partition("/")[2]
        assert "Accept" in answer["Vary"]


def test_the_accept_parameter_of_the_address_comes_first(core: Client) -> None:
    scan("10")
    answer = core.get(f"{ONE}/rendered?accept=image/png", headers={"Accept": "image/jpeg"})
    assert answer["Content-Type"] == "image/png"


@pytest.mark.parametrize("window", ["10,1,linear", "10,1", "10,1,LINEAR", "1e1,1.0,linear"])
def test_a_window_is_used(core: Client, window: str) -> None:
    put("10.1.1", level=10)
    put("10.1.2", number=2, level=9)
    shown = [
        core.get(f"{SERIES}/instances/2.25.10.1.{n}/rendered?window={window}", headers=PNG).content for n in (1, 2)
    ]
    assert [Image.open(io.BytesIO(s)).getpixel((0, 0)) for s in shown] == [255, 0]


@pytest.mark.parametrize("query", ["window=1", "window=a,b,linear", "window=1,0,linear", "window=1,2,sigmoid",
                                   "window=nan,1,linear", "viewport=0,10", "viewport=10", "viewport=9999,9999",
                                   "viewport=8,8,0,0,1,1"])  # fmt: skip
def test_what_cannot_be_read_is_said_in_words(core: Client, query: str) -> None:
    scan("10")
    answer = core.get(f"{ONE}/rendered?{query}")
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize(
    ("viewport", "size"), [("8,100", (8, 4)), ("100,2", (4, 2)), ("8192,8192", (16, 8)), ("1,1", (1, 1))]
)
def test_a_viewport_is_filled_in_proportion_and_never_enlarged(
    core: Client, viewport: str, size: tuple[int, int]
) -> None:
    scan("10")
    answer = core.get(f"{ONE}/rendered?viewport={viewport}")
    assert Image.open(io.BytesIO(answer.content)).size == size


def test_what_is_broken_or_too_large_is_said_in_words(core: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    put("10.1.1", PixelData=b"\0\0")
    answer = core.get(f"{ONE}/rendered")
    assert answer.status_code == 406
    assert "cannot be read" in answer.content.decode()
    monkeypatch.setattr(rendered, "MAX_BYTES", 10)
    answer = core.get(f"{ONE}/rendered")
    assert answer.status_code == 406
    assert "too large" in answer.content.decode()


def test_an_object_erased_between_index_and_file_is_not_there(core: Client, archive: MemoryBlobs) -> None:
    scan("10")
    archive.held.clear()
    assert core.get(f"{ONE}/rendered").status_code == 404
    page = core.get("/archive/2.25.10/2.25.10.1/2.25.10.1.1")
    assert "cannot be shown here" in page.content.decode()


def test_every_look_is_in_the_audit_trail_once_a_minute(core: Client) -> None:
    scan("10")
    for url in EVERY:
        core.get(url)
    rows = AuditRow.objects.filter(action="images_viewed")
    named = looks.name_of("2.25.10")
    assert {(r.actor, r.object_type, r.object_id) for r in rows} == {("imaging_core-*-*", "scan", named)}
    assert all(r.detail == {"research_study": "demo-mr", "site": "RZN01"} for r in rows)
    assert not AuditRow.objects.filter(object_id__contains="2.25.10").exists()
    assert len(rows) <= 2  # a minute may have ended in between


def test_under_a_selection_only_its_images_are_drawn(
    core: Client, archive: MemoryBlobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    scan("10", images=3)
    maker = Actor("person", "mia", "imaging_core", Scope.everything(), frozenset({"images_view"}))
    door.freeze(by=maker, name="s1", purpose="p", expires_on=date(2999, 1, 1), object_uids=["2.25.10.1.3"])
    holder = Actor("token", "rob#1", "researcher", Scope(selection="s1"), frozenset({"images_view"}))
    monkeypatch.setattr("isocentre.rooms.archive.gate.actor_from_authorization", lambda request: holder)
    assert grey(Client().get(f"{SERIES}/rendered", headers=PNG)) == 30
    assert Client().get(f"{ONE}/rendered").status_code == 404


def test_only_get_is_answered(core: Client) -> None:
    scan("10")
    assert core.post(f"{ONE}/rendered").status_code == 405
