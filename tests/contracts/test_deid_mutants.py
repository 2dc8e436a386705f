"""The score notices: each rule of the engine broken alone makes it fall, where the whole engine makes no mistake."""

from __future__ import annotations

from functools import cache
from typing import Any

import pytest
from support.corpus.building import Planted, corpus, promise, rows_of
from support.corpus.engine_run import opened, run, score
from support.corpus.mutants import MUTANTS, Mutant, broken
from support.corpus.mutants_unnamed import UNNAMED_MUTANTS
from support.data import data_path
from support.parts import part

from isocentre.core.deid.profile import parse
from isocentre.core.score.scoring import Report
from isocentre.profiles import load_any

SHARE, FEW = 0.1, 8
ALL = (*MUTANTS, *UNNAMED_MUTANTS)


@cache
def rows() -> Any:
    return rows_of(data_path("ps315.json"))


@cache
def text(profile: str) -> str:
    return opened(load_any(profile).text, corpus(SHARE))


def sample(mutant: Mutant) -> list[Planted]:
    """Objects that the broken rule is about: with its attribute anywhere, else some of all."""
    place = f"({mutant.tag >> 16:04X},{mutant.tag & 0xFFFF:04X})"
    fit = [one for one in corpus(SHARE) if not mutant.tag or any(path.endswith(place) for path in one.found.values)]
    return fit[:: max(1, len(fit) // FEW)]


def scored(mutant: Mutant) -> Report:
    objects = sample(mutant)
    # Without the second check: it would hold what leaks, and it is the engine's own rules that are looked at.
    done = run(objects, parse(text(mutant.profile)), check=False)
    return score(objects, done, rows(), promise(text(mutant.profile)))


@pytest.mark.data("ps315.json")
def test_there_are_many_and_each_has_a_name() -> None:
    assert len({mutant.name + mutant.profile for mutant in ALL}) == len(ALL) >= 50


@pytest.mark.data("ps315.json")
@pytest.mark.parametrize("mutant", part(ALL, 3), ids=lambda m: f"{m.name} ({m.profile})")
def test_the_score_falls(mutant: Mutant) -> None:
    whole = scored(mutant)
    assert whole.right, whole.as_text(10)
    with broken(mutant):
        assert set(scored(mutant).failures) - set(whole.failures)
