"""Texts as they are met: usual names stay whole, and of planted people, numbers, dates and places nothing is left."""

from __future__ import annotations

from pathlib import Path

import pytest

from isocentre.core.deid.clean import Known, clean

TEXTS = Path(__file__).parent / "texts"
KNOWN = Known(
    [
        "THORNMERE^ADELINE ROSE",
        "O'BRIEN-FEATHERSTONE^SEÁN",
        "McDonald^Iona",
        "van der Berg^Pieter",
        "Müller-Høyer^Zoë",
        "Yıldız^Ayşe",
        "Wang^XiaoMing=王^小明",
        "Yamada^Tarou=山田^太郎=やまだ^たろう",
        "Alfasi^Mohammed=الفاسي^محمد",
        "Παπαδόπουλος^Γιώργος",
        "Иванов^Иван",
        "Ng^Li",
        "RXH7734512",
        "9434765919",
        "19410305",
    ],
    ["St Elsewhere Hospital"],
)


def lines(name: str) -> list[str]:
    """The lines of one file of texts, without its comments."""
    return [line for line in (TEXTS / name).read_text(encoding="utf-8").splitlines() if not line.startswith("# ")]


def test_there_are_many() -> None:
    assert len(set(lines("kept.txt"))) >= 300
    assert len({line.split("\t")[0] for line in lines("planted.tsv")}) >= 150


@pytest.mark.parametrize("text", lines("kept.txt"))
def test_a_usual_name_stays_whole(text: str) -> None:
    cleaned = clean(text, "description", KNOWN)
    assert (cleaned.text, cleaned.gone) == (text, {})


@pytest.mark.parametrize("line", lines("planted.tsv"))
def test_who_is_planted_goes_and_nothing_else(line: str) -> None:
    text, left = line.split("\t")
    cleaned = clean(text, "description", KNOWN)
    assert cleaned.text == left
    assert clean(cleaned.text, "description", KNOWN).text == left
