"""Searches answer the same whether or not a condition was looked up first, and never beyond the scope."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from support.archive_book import MemoryBlobs, put

from isocentre.core.actor import Actor, Scope
from isocentre.core.dicomweb.query import parse_query
from isocentre.rooms.archive import finding, narrowing

QUERIES = {
    "": "1 2 3 4",
    "PatientID=P-AAAAAAAAAAAA": "1",
    "PatientID=P-BBB*": "2 3",
    "PatientID=p-bbb*": "2 3",
    "PatientID=*BB*": "2 3",
    "PatientID=P-BBBBBBBBBBB?": "2 3",
    "StudyDate=20200101-20200131": "1 2",
    "StudyDate=20200131-": "3",
    "StudyDate=-20200107": "1",
    "StudyDate=20200108": "2",
    "ModalitiesInStudy=PT": "3",
    "ModalitiesInStudy=US": "",
    "ModalitiesInStudy=PT,US": "3",
    "ModalitiesInStudy=PT&ModalitiesInStudy=MR": "1 2 3 4",
    "ModalitiesInStudy=MR,PT&StudyDate=20200108-": "2 3",
    "ModalitiesInStudy=MR&StudyDate=20200101-20201231": "1 2",
    "StudyDescription=*PELVIS*": "2",
    "ClinicalTrialSubjectID=S3": "3",
    "StudyInstanceUID=2.25.2,2.25.4": "2 4",
}


def who(*scope: str) -> Actor:
    return Actor("token", "x#1", "imaging_core", Scope.parse(list(scope)), frozenset({"images_view"}))


@pytest.fixture
def scans(archive: MemoryBlobs) -> None:
    put("1.1.1", StudyDate="20200107", pseudonym="P-AAAAAAAAAAAA")
    put("2.1.1", StudyDate="20200108", pseudonym="P-BBBBBBBBBBBB", StudyDescription="Abdomen and pelvis")
    put("3.1.1", StudyDate="20200207", pseudonym="P-BBBBBBBBBBBA", Modality="PT", subject="S3")
    put("4.1.1", StudyDate="", pseudonym="P-CCCCCCCCCCCC", study="other")


def answers(text: str, by: Actor) -> str:
    found, _ = finding.find(parse_query("study", parse_qsl(text)), by=by)
    return " ".join(row.study_uid.removeprefix("2.25.") for row in found)


@pytest.mark.parametrize("few", [-1, 0, 1, 1000])
@pytest.mark.parametrize(("text", "expected"), QUERIES.items())
def test_a_search_finds_what_fulfils_it(
    scans: None, monkeypatch: pytest.MonkeyPatch, few: int, text: str, expected: str
) -> None:
    monkeypatch.setattr(narrowing, "FEW", few)
    assert answers(text, who("*")) == expected


def test_a_condition_looked_up_first_shows_nothing_of_others(scans: None) -> None:
    assert answers("PatientID=P-AAAAAAAAAAAA", who("study:other")) == ""
    assert answers("ModalitiesInStudy=MR", who("study:other")) == "4"
    assert answers("StudyDate=20200101-", who("study:demo-mr@RZN99")) == ""


def test_a_search_for_images_is_narrowed_by_their_scan(scans: None) -> None:
    found, more = finding.find(parse_query("instance", [("PatientID", "P-BBBBBBBBBBBA")]), by=who("*"))
    assert ([row.object_uid for row in found], more) == (["2.25.3.1.1"], False)
