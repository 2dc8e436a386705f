"""Names of research studies and sites: told once by rooms, asked in one batch, a code where nobody knows."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from isocentre.web import names

TITLES = {"onco-ct": "Lung trial", "neuro": "Brains", "onco-2": "Lung trial", "blank": ""}
SITES = {"RZN01": "Northmoor", "RZN02": "RZN02"}


def told(known: dict[str, str]) -> names.Source:
    """A source that knows these."""

    def source(codes: Collection[str] | None) -> dict[str, str]:
        return {code: name for code, name in known.items() if codes is None or code in codes}

    return source


@pytest.fixture(autouse=True)
def _book(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(names, "_studies", [])
    monkeypatch.setattr(names, "_sites", [])
    for _ in range(2):
        names.tell(research_studies=told(TITLES), sites=told(SITES))


def test_the_title_stands_for_a_research_study_and_its_code_only_where_two_have_one_title() -> None:
    assert names.research_studies(["neuro", "onco-ct"]) == {"neuro": "Brains", "onco-ct": "Lung trial"}
    assert list(names.research_studies().items()) == [
        ("neuro", "Brains"),
        ("onco-2", "Lung trial (onco-2)"),
        ("onco-ct", "Lung trial (onco-ct)"),
    ]
    assert names.research_study("neuro") == "Brains"


def test_a_site_has_its_name_and_its_code() -> None:
    assert names.sites() == {"RZN01": "Northmoor (RZN01)", "RZN02": "RZN02"}
    assert names.site("RZN01") == "Northmoor (RZN01)"


def test_what_nobody_knows_is_its_own_name_and_nothing_stays_nothing() -> None:
    assert names.research_studies(["gone", "blank"]) == {"blank": "blank", "gone": "gone"}
    assert names.site("R0X") == "R0X"
    assert (names.research_study(""), names.site(""), names.sites([])) == ("", "", {})


def test_a_source_is_told_once() -> None:
    names.tell(research_studies=names._studies[0])
    assert len(names._studies) == 3 - 1
