"""A seeded part of the corpus: it is what it says, and the engine's score on it holds. Whole: docs/deid/score.md."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from support.corpus import building
from support.corpus.building import Planted, build, promise, rows_of
from support.corpus.engine_run import opened, run, score, whole
from support.corpus.planting import UNNAMED
from support.corpus.planting_unnamed import KIND
from support.data import data_path
from support.parts import WHOLE, part

from isocentre.core.deid.profile import parse
from isocentre.core.score.model import LEAKS
from isocentre.profiles import everyone, is_draft, load_any

SHARE = 0.1
RELEASED = {f"{p.name}.v{p.version}" for p in everyone() if not is_draft(p)}
NEWEST = set({p.name: f"{p.name}.v{p.version}" for p in everyone()}.values())


SHARED = 1 if WHOLE else 3
"""Profiles share the corpus out among them, each with an object in so many, so that every object is tried."""


def shared(names: set[str]) -> list[Any]:
    """Each profile, and with which object of the corpus it begins."""
    return [pytest.param(name, number % SHARED, id=name) for number, name in enumerate(sorted(names))]


@pytest.fixture(scope="module")
def corpus() -> tuple[Planted, ...]:
    return building.corpus(SHARE)


@pytest.fixture(scope="module")
def rows() -> Any:
    return rows_of(data_path("ps315.json"))


@pytest.mark.data("ps315.json")
def test_the_corpus_is_of_many_kinds_and_the_same_every_time(corpus: tuple[Planted, ...]) -> None:
    assert len(corpus) >= 150
    assert len({one.found.values["(0008,0016)"] for one in corpus}) >= 40
    assert len({one.found.sop_instance_uid for one in corpus}) == len(corpus)
    again = [one for one in build(share=SHARE) if isinstance(one, Planted)]
    assert [one.data for one in again] == [one.data for one in corpus]
    kinds = Counter(plant.kind for one in corpus for plant in one.plants)
    assert {
        "name",
        "nhs number",
        "id",
        "date",
        "place",
        "phone",
        "address",
        "e-mail",
        "private",
        "overlay",
        "name in disguise",
    } <= set(kinds)


def unread(text: str) -> str:
    """The profile with pictures that are cleaned passing as they are: headers are scored here."""
    return re.sub("do: clean_[a-z_ ]+", "do: pass", text)


@pytest.mark.data("ps315.json")
# Of the newest of each, all kinds of object are scored below: that is more than it lets through.
@pytest.mark.parametrize(("name", "start"), shared(RELEASED if WHOLE else RELEASED - NEWEST))
def test_a_released_profile_makes_no_mistake(name: str, start: int, corpus: tuple[Planted, ...], rows: Any) -> None:
    _, report = whole(corpus[start::SHARED], unread(load_any(name).text), rows)
    assert report.right, report.as_text(20)
    few = {"mammo": 10, "us-xa": 10, "wsi": 1}  # of few kinds
    assert report.files >= few.get(name.split(".")[0], 80) // SHARED


@pytest.mark.data("ps315.json")
# The newest of each: older ones never change, and are held to what they let pass above.
@pytest.mark.parametrize(("name", "start"), shared(NEWEST))
def test_no_profile_makes_a_mistake_in_any_kind_of_object(
    name: str, start: int, corpus: tuple[Planted, ...], rows: Any
) -> None:
    some = corpus[start::SHARED]
    text = opened(load_any(name).text, some)
    report = score(some, run(some, parse(text)), rows, promise(text))
    assert report.right, report.as_text(20)
    assert report.files >= 150 // SHARED


@pytest.mark.data("ps315.json")
@pytest.mark.parametrize("name", part(["basic", "trial-ct-mr.v1"], 2))
def test_an_identifier_where_the_table_has_no_word_for_it_goes_before_the_second_check(
    name: str, corpus: tuple[Planted, ...], rows: Any
) -> None:
    text = opened(load_any(name).text, corpus)
    without = run(corpus, parse(text), check=False)
    assert score(corpus, without, rows, promise(text)).of(LEAKS) == 0
    kinds = Counter(plant.kind for one in corpus for plant in one.plants)
    assert kinds[UNNAMED] > 5
    assert kinds[KIND] > 500
    checked = run(corpus, parse(text))
    assert not [words for words in checked.held if words.startswith("second check")]
