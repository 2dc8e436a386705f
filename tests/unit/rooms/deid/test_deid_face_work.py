"""Heads wait for their whole series, lose their faces and go on; what cannot is held with words for a person."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pydicom
import pytest
from django.utils import timezone
from support.burned import Pulled
from support.dicom_bytes import el
from support.faces import RUNS, Taken, slice_of
from support.hospital import arrive, enrolled, newcomer, signed_in, text

from isocentre.audit import door as audit
from isocentre.audit.models import AuditRow
from isocentre.core.actor import Actor, Scope
from isocentre.core.deid.faces.clean import FaceCleaner
from isocentre.core.deid.profile import parse
from isocentre.core.ports import NoFace
from isocentre.core.routing import Route
from isocentre.jobs import claims
from isocentre.profiles import load
from isocentre.rooms.deid import door, faces, work
from isocentre.rooms.deid.models import FaceSeries
from isocentre.rooms.intake import door as intake
from isocentre.rooms.intake.models import Arrival, LedgerRow

pytestmark = pytest.mark.usefixtures("hospital")
LEAD = Actor("person", "lead", "imaging_lead", Scope.everything(), frozenset({"study_config_accept", "held_act"}))
RULES = "do: pass\n    why: CT images"
FACELESS = parse(load("trial-ct-mr", 1).text.replace(RULES, RULES.replace("pass", "clean_faces")))
STUDY, SERIES = "1.2.3.1", "1.2.3.2"


@pytest.fixture(autouse=True)
def _nobody_has_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Looks of one person at one scan are one row a minute: those of another test are not this one's."""
    monkeypatch.setattr(audit, "_looks", set())


@pytest.fixture
def remover(monkeypatch: pytest.MonkeyPatch, ports: Any) -> Taken:
    """A research study under a profile that takes faces out of CT, and what does it."""
    monkeypatch.setattr(door, "released", lambda _: FACELESS)
    monkeypatch.setattr(work, "load", lambda *_: FACELESS)
    door.accept(by=LEAD, slug="lungs")
    enrolled()
    made = Taken()
    ports.faces = FaceCleaner(made, Pulled())
    return made


def come(tmp_path: Path, numbers: Iterable[int], body_part: str = "HEAD") -> None:
    """Slices arrive, and lie in quarantine."""
    folder = tmp_path / "quarantine" / "originals"
    folder.mkdir(parents=True, exist_ok=True)
    person = LedgerRow.objects.first()
    enrolment = person.enrolment_id if person else enrolled_id()
    items = []
    for number in numbers:
        uid = f"1.2.3.4.{number}"
        data = slice_of(number, t00080018=el(0x00080018, "UI", uid), t00180015=el(0x00180015, "CS", body_part))
        (folder / f"{uid}.dcm").write_bytes(data)
        route = Route("lungs", enrolment_id=enrolment, time_point="Baseline", study_day=0)
        facts = {"study_uid": STUDY, "series_uid": SERIES, "body_part": body_part}
        items.append(newcomer(uid, routes=(route,), facts=facts))
    arrive(*items)


def enrolled_id() -> int:
    from isocentre.rooms.intake.models import Enrolment

    return Enrolment.objects.get().pk


def quiet() -> None:
    """Time passes: no image has come for a while."""
    FaceSeries.objects.filter(state="waiting").update(not_before=timezone.now() - timedelta(seconds=1))


def turn() -> None:
    """Everything due moves as far as it can."""
    quiet()
    faces.find("w")
    while work.move("w"):
        pass


def counts() -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}
    for row in LedgerRow.objects.filter(research_study="lungs"):
        found[row.disposition, row.cause] = found.get((row.disposition, row.cause), 0) + 1
    return found


def test_a_head_waits_for_its_series_and_goes_on_without_its_face(remover: Taken, ports: Any, tmp_path: Path) -> None:
    come(tmp_path, range(12))
    assert work.move("w") == 12
    assert counts() == {("pending", ""): 12}
    assert faces.find("w") == 0, "the series is not quiet yet"
    assert work.move("w") == 0, "what waits is not looked at each second"
    quiet()
    assert faces.find("w") == 1
    assert work.move("w") == 12
    assert counts() == {("sent_on", ""): 12}
    assert len(remover.seen) == 12
    for data in ports.wall.sent:
        ds = pydicom.dcmread(io.BytesIO(data))
        assert ds.RecognizableVisualFeatures == "NO"
        assert "113102" in [item.CodeValue for item in ds.DeidentificationMethodCodeSequence]
        assert list(ds.pixel_array.ravel()[: RUNS[0][1]]) == [24, 24, 24]
    (series,) = FaceSeries.objects.all()
    assert (series.state, series.images) == ("found", 12)
    assert AuditRow.objects.filter(action="face_found").count() == 1
    assert faces.find("w") == 0


def test_a_slice_that_comes_late_takes_the_same_cut(remover: Taken, ports: Any, tmp_path: Path) -> None:
    come(tmp_path, [n for n in range(13) if n != 12])
    work.move("w")
    turn()
    come(tmp_path, [12])
    assert work.move("w") == 1, "it lies outside: the cut is found again"
    assert counts() == {("sent_on", ""): 12, ("pending", ""): 1}
    turn()
    assert counts() == {("sent_on", ""): 13}
    assert len(remover.seen) == 13
    assert len(ports.wall.sent) == 13, "what was sent on before stays as it was"


def test_a_face_that_cannot_be_removed_is_held_and_tried_again(remover: Taken, ports: Any, tmp_path: Path) -> None:
    remover.raises = NoFace("nothing is there")
    come(tmp_path, range(12))
    work.move("w")
    turn()
    assert counts() == {("held", "face_left"): 12}
    row = LedgerRow.objects.filter(research_study="lungs").first()
    assert row is not None
    assert "nothing is there" in row.words
    assert intake.causes.cause(row.cause).title == "Face could not be removed"
    assert ports.wall.sent == []
    assert AuditRow.objects.filter(action="face_not_removed").count() == 1

    remover.raises = None
    LedgerRow.objects.filter(research_study="lungs").update(disposition="pending", cause="")
    work.move("w")
    assert counts() == {("held", "face_left"): 12}, "the failure is remembered for a while"
    FaceSeries.objects.update(found_at=timezone.now() - faces.REMEMBERED)
    LedgerRow.objects.filter(research_study="lungs").update(disposition="pending", cause="")
    work.move("w")
    turn()
    assert counts() == {("sent_on", ""): 12}


def test_more_of_a_series_that_failed_has_it_looked_at_again(remover: Taken, tmp_path: Path) -> None:
    come(tmp_path, range(5))
    work.move("w")
    turn()
    assert counts() == {("held", "face_left"): 5}
    come(tmp_path, range(5, 12))
    LedgerRow.objects.filter(research_study="lungs").update(disposition="pending", cause="")
    work.move("w")
    turn()
    assert counts() == {("sent_on", ""): 12}


def test_a_waiver_or_another_body_part_waits_for_nothing(remover: Taken, ports: Any, tmp_path: Path) -> None:
    come(tmp_path, range(2), "CHEST")
    work.move("w")
    assert counts() == {("sent_on", ""): 2}
    door.accept(by=LEAD, slug="lungs", face_waiver="The sponsor agreed.")
    come(tmp_path, range(2, 4))
    work.move("w")
    assert counts() == {("sent_on", ""): 4}
    assert not FaceSeries.objects.exists()


def test_without_what_removes_faces_heads_are_held(remover: Taken, ports: Any, tmp_path: Path) -> None:
    come(tmp_path, range(2))
    work.move("w")
    ports.faces = None
    turn()
    assert FaceSeries.objects.get().cause == "no_face_remover"
    LedgerRow.objects.update(not_before=None)
    work.move("w")
    assert counts() == {("held", "no_face_remover"): 2}


def test_a_lost_original_holds_the_series(remover: Taken, tmp_path: Path) -> None:
    come(tmp_path, range(12))
    work.move("w")
    (tmp_path / "quarantine" / "originals" / "1.2.3.4.3.dcm").unlink()
    turn()
    assert FaceSeries.objects.get().state == "failed"
    assert counts() == {("held", "face_left"): 11, ("held", "original_lost"): 1}


def test_what_breaks_off_again_and_again_is_held(remover: Taken, tmp_path: Path) -> None:
    come(tmp_path, range(12))
    work.move("w")
    FaceSeries.objects.update(attempts=claims.MAX_ATTEMPTS)
    turn()
    assert counts() == {("held", "face_left"): 12}


def test_a_series_taken_over_is_recorded_once(
    remover: Taken, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    come(tmp_path, range(12))
    work.move("w")
    quiet()
    real = faces.cut_of

    def slow(images: list[Any]) -> Any:
        FaceSeries.objects.update(claimed_by="another-1")
        return real(images)

    monkeypatch.setattr(faces, "cut_of", slow)
    assert faces.find("w") == 1
    assert FaceSeries.objects.get().state == "waiting"
    assert not AuditRow.objects.filter(action="face_found").exists()


def test_a_cut_is_forgotten_with_the_last_original(
    remover: Taken, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    come(tmp_path, range(12))
    work.move("w")
    turn()
    monkeypatch.setattr(intake, "of_series", None)  # asked of each series every hour: its rows are not loaded for it
    assert faces.forget("w") == 0
    Arrival.objects.update(erased_at=timezone.now())
    assert faces.forget("w") == 1
    assert not FaceSeries.objects.exists()


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        (
            {"surface_left": 0.013, "shape_left": 0.21, "emptied": 0.087, "brain_emptied": 0.0, "brain_ml": 1312.4},
            ["1.3% (at most 2%)", "21% (at most 35%)", "None of 1,312 ml", "8.7%"],
        ),
        (
            {"surface_left": 0.0, "brain_emptied": 14.0},
            ["0.0% (at most 2%)", "Not recorded", "14 places", "Not recorded"],
        ),
        ({"emptied": 0.1, "brain_emptied": 0.0}, ["Not recorded", "Not recorded", "None", "10.0%"]),
        ({}, ["Not recorded"] * 4),
    ],
)
def test_the_page_says_what_was_measured(
    remover: Taken, tmp_path: Path, figures: dict[str, float], said: list[str]
) -> None:  # fmt: skip
    remover.figures = figures
    come(tmp_path, range(12))
    work.move("w")
    turn()
    page = text(signed_in("imaging_lead").get(f"/deid/faces/{LedgerRow.objects.order_by('pk')[0].pk}/"))
    assert re.findall(r'summary-list__value">([^<]*)<', page)[1:] == said, "what was not measured is not taken for none"


def test_a_head_is_looked_at_before_and_after(remover: Taken, tmp_path: Path) -> None:
    come(tmp_path, range(12))
    client, stranger = signed_in("imaging_lead"), signed_in("imaging_lead", "own")
    key = min(LedgerRow.objects.values_list("pk", flat=True))
    assert "No face of this scan" in text(client.get(f"/deid/faces/{key}/"))
    work.move("w")
    assert "Waiting for the whole series" in text(client.get(f"/deid/faces/{key}/"))
    series = FaceSeries.objects.get()
    assert client.get(f"/deid/faces/{key}/{series.pk}").status_code == 404
    assert "must be whole" in text(client.get(f"/scan/{key}/"))
    turn()
    page = text(client.get(f"/deid/faces/{key}/"))
    assert "Face removed" in page
    assert f"/deid/faces/{key}/{series.pk}" in page
    assert client.get(f"/deid/faces/{key}/{series.pk}").content == b"PNG12"
    assert f"/deid/faces/{key}/" in text(client.get(f"/scan/{key}/"))
    for path in (f"/deid/faces/{key}/", f"/deid/faces/{key}/{series.pk}"):
        assert stranger.get(path).status_code == 404
    remover.raises = NoFace("gone")
    assert client.get(f"/deid/faces/{key}/{series.pk}").status_code == 404
    assert AuditRow.objects.filter(action="faces_viewed").exists()
