"""The repository browser with Django's client: what a role sees, what it does not, counts, exports, headers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from support.archive_book import SR, MemoryBlobs, index, put, scan, signed_in, text

from isocentre.audit.models import AuditRow
from isocentre.rooms.archive import looks, presenters

pytestmark = pytest.mark.usefixtures("archive")
PAGES = ("/archive/2.25.10", "/archive/2.25.10/2.25.10.1", "/archive/2.25.10/2.25.10.1/2.25.10.1.1")


@pytest.fixture
def team() -> Client:
    return signed_in("study_team")


@pytest.fixture
def core() -> Client:
    return signed_in("imaging_core")


def rows(client: Client, query: str = "") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(text(client.get(f"/archive/?format=json{query}")))
    return found


@pytest.mark.parametrize("url", PAGES)
def test_every_page_opens_and_another_research_study_answers_like_nothing_there(team: Client, url: str) -> None:
    scan("10")
    assert team.get(url).status_code == 200
    absent = team.get(url.replace("2.25.10", "2.25.99"))
    assert (absent.status_code, "2.25." in text(absent)) == (404, False)
    for client in (signed_in("study_team", "other"), signed_in("study_team", "*", "RYY01")):
        hidden = client.get(url)
        assert (hidden.status_code, "2.25." in text(hidden)) == (404, False)
    assert signed_in("national_auditor").get(url).status_code == 403
    assert Client().get(url).status_code == 302


def test_a_page_under_another_scan_is_not_there(team: Client) -> None:
    scan("10")
    scan("11")
    assert team.get("/archive/2.25.11/2.25.10.1").status_code == 404
    assert team.get("/archive/2.25.10/2.25.10.1/2.25.11.1.1").status_code == 404
    assert team.get("/archive/2.25.11/2.25.10.1/2.25.10.1.1").status_code == 404


def test_the_list_counts_what_the_role_covers_and_leaves_out_canaries(team: Client) -> None:
    scan("10", series=2, images=3)
    scan("11", study="other", site="RYY01")
    scan("12", study="canary")
    assert "2 scans" in text(team.get("/archive/"))
    assert [(r["pseudonym"], r["series"], r["images"]) for r in rows(team, "&research_study=demo-mr")] == [
        ("P-7QK2M9XB4T", 2, 6)
    ]
    narrow = signed_in("study_team", "other")
    page = text(narrow.get("/archive/"))
    assert "1 scan<" in page
    assert "demo-mr" not in page
    assert [r["study_uid"] for r in rows(narrow)] == ["2.25.11"]
    assert "canary" not in text(team.get("/archive/"))


def test_an_empty_list_says_why(team: Client) -> None:
    assert "No scan is stored here yet" in text(team.get("/archive/"))
    scan("10")
    assert "Nothing matches these filters" in text(team.get("/archive/?modality=CT"))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("research_study=other", ["2.25.11"]),
        ("site=RYY01", ["2.25.11"]),
        ("site=RXX99", ["2.25.11", "2.25.10"]),
        ("modality=pt", ["2.25.11"]),
        ("modality=PT&body_part=HEAD", []),
        ("body_part=CHEST", ["2.25.11"]),
        ("time_point=week 8", ["2.25.10"]),
        ("subject=aa22", ["2.25.11"]),
        ("subject=p-*b4t", ["2.25.10"]),
        ("subject=01/007", ["2.25.10"]),
        ("subject=2.25.11", ["2.25.11"]),
        ("subject=2.25.11.1", ["2.25.11"]),
        ("subject=%25", []),
    ],
)
def test_filters(team: Client, query: str, found: list[str]) -> None:
    scan("10")
    put("11.1.1", study="other", site="RYY01", Modality="PT", BodyPartExamined="CHEST", pseudonym="P-AA22BB33CC",
        subject="02/001", visit="Baseline")  # fmt: skip
    assert [r["study_uid"] for r in rows(team, f"&{query}")] == found


def test_pages_follow_one_another_and_sort(team: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(60):
        put(f"{100 + number}.1.1", pseudonym=f"P-{number:08d}AA")
    first = text(team.get("/archive/"))
    assert "60 scans" in first
    assert "P-00000059AA" in first
    assert "P-00000009AA" not in first
    after = first.split("after=")[1].split('"')[0]
    second = text(team.get(f"/archive/?after={after}"))
    assert "P-00000009AA" in second
    assert "P-00000010AA" not in second
    assert rows(team, "&sort=pseudonym")[0]["pseudonym"] == "P-00000000AA"


def test_subject_ids_are_for_the_study_team(team: Client, core: Client) -> None:
    scan("10", subject="SUBJ-NEEDLE")
    everywhere = ("/archive/", "/archive/?format=csv", "/archive/?format=json", PAGES[0])
    assert all("SUBJ-NEEDLE" in text(team.get(url)) for url in everywhere)
    assert not any("SUBJ-NEEDLE" in text(core.get(url)) for url in (*everywhere, PAGES[1]))
    # No oracle either: a search by subject id finds nothing for those who may not see it.
    assert len(rows(team, "&subject=SUBJ-NEEDLE")) == 1
    assert rows(core, "&subject=SUBJ-NEEDLE") == []


def test_the_header_is_shown_as_it_is_stored_to_whoever_may_read_it(core: Client) -> None:
    scan("10", subject="SUBJ-NEEDLE")
    page = text(core.get(PAGES[2]))
    assert "SUBJ-NEEDLE" in page, "the file, its metadata and the viewer show it too: the page claims nothing else"
    assert "ClinicalTrialSubjectID is the subject" in page


def test_a_person_who_is_not_enrolled_has_a_pseudonym_only(team: Client) -> None:
    scan("10", subject="P-7QK2M9XB4T")
    assert rows(team)[0]["subject_id"] == ""
    assert "Not enrolled" in text(team.get(PAGES[0]))


def test_no_page_carries_a_clock_of_ours(team: Client) -> None:
    from django.utils import timezone

    scan("10")
    today = timezone.localdate()
    for url in ("/archive/", *PAGES):
        page = text(team.get(url))
        assert f"{today:%Y%m%d}" not in page
        assert f"{today.day} {today:%B %Y}" not in page
        assert f"{today:%Y-%m-%d}" not in page


def test_the_scans_page_leads_on(team: Client) -> None:
    scan("10", series=2, images=2)
    put("10.3.1", sop_class=SR, Modality="SR")
    page = text(team.get(PAGES[0]))
    assert "/viewer?StudyInstanceUIDs=2.25.10" in page
    assert 'href="/scan/2.25.10/"' in page
    assert "/dicomweb/studies/2.25.10/series/2.25.10.2/thumbnail" in page
    assert "/dicomweb/studies/2.25.10/series/2.25.10.3/thumbnail" not in page
    assert "5 images in 3 series" in page
    assert "curl --fail" in page
    assert "http://127.0.0.1" in page
    assert "Series named 2" in page


def test_a_series_and_an_image_open_in_the_viewer_where_they_are(team: Client) -> None:
    scan("10")
    assert '/viewer?StudyInstanceUIDs=2.25.10&amp;initialSeriesInstanceUID=2.25.10.1"' in text(team.get(PAGES[1]))
    at_image = 'initialSeriesInstanceUID=2.25.10.1&amp;initialSOPInstanceUID=2.25.10.1.1"'
    assert at_image in text(team.get(PAGES[2]))


def test_a_series_page_lists_its_images_and_shows_those_that_have_a_picture(team: Client) -> None:
    scan("10", images=2)
    put("10.1.9", sop_class=SR, number=9)
    page = text(team.get(PAGES[1]))
    assert "3 images" in page
    assert "/instances/2.25.10.1.2/thumbnail" in page
    assert "/instances/2.25.10.1.9/thumbnail" not in page
    assert 'alt="Image 2"' in page
    lines = text(team.get(f"{PAGES[1]}?format=csv")).splitlines()
    assert lines[1].startswith("1,MR Image Storage,16 × 8,1,")
    assert lines[1].endswith(",0,2.25.10.1.1")


def test_the_header_is_shown_as_a_table(team: Client) -> None:
    put("10.1.1", StudyDescription="A <b>bold</b> head", ImageComments="x" * 900)
    page = text(team.get(PAGES[2]))
    assert "(0008,1030)" in page
    assert "StudyDescription" in page
    assert "A &lt;b&gt;bold&lt;/b&gt; head" in page
    assert "x" * presenters.LONGEST_VALUE + "…" in page
    assert "x" * (presenters.LONGEST_VALUE + 1) not in page
    assert "/instances/2.25.10.1.1/rendered" in page


def test_a_very_long_header_is_cut_and_leads_to_the_whole(team: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    put("10.1.1")
    monkeypatch.setattr(presenters, "MOST_ELEMENTS", 5)
    page = text(team.get(PAGES[2]))
    assert "The first 5 elements" in page
    assert 'href="/dicomweb/studies/2.25.10/series/2.25.10.1/instances/2.25.10.1.1/metadata"' in page


def test_a_header_that_is_too_big_leaves_the_page_standing(team: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    put("10.1.1")
    monkeypatch.setattr("isocentre.rooms.archive.describing.MAX_HEAD", 10)
    answer = team.get(PAGES[2])
    assert answer.status_code == 200
    assert "cannot be shown here" in text(answer)


def test_a_correction_shows_its_revision_only(team: Client, archive: MemoryBlobs) -> None:
    put("10.1.1", ImageComments="Old words")
    (whole,) = archive.held.values()
    index(whole.replace(b"Old words", b"New words"), revision=1)
    page = text(team.get(PAGES[2]))
    assert "New words" in page
    assert "Old words" not in page
    assert rows(team)[0]["images"] == 1


def test_looking_at_a_header_and_exporting_are_in_the_audit_trail(team: Client) -> None:
    scan("10")
    team.get("/archive/")
    assert not AuditRow.objects.filter(actor__startswith="study_team").exists()
    team.get(PAGES[2])
    team.get("/archive/?format=csv")
    seen = AuditRow.objects.filter(actor__startswith="study_team").values_list("action", "object_id")
    assert set(seen) == {("header_viewed", looks.name_of("2.25.10")), ("scans_exported", "scans")}


def test_pages_are_read_only(team: Client) -> None:
    scan("10")
    assert [team.post(url).status_code for url in ("/archive/", *PAGES)] == [405] * 4
