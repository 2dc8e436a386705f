"""Contract of `core.ports.OptOuts`, held by the file adapter and by the fake that tests use."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest
from support.optouts import MemoryOptOuts

from isocentre.adapters.nhs.optout_file import FileOptOuts
from isocentre.core.ids import NhsNumber
from isocentre.core.optout import Sweep
from isocentre.core.ports import OptOuts

ONE, TWO, THREE = (NhsNumber.parse(n) for n in ("9990000018", "9990000050", "9434765919"))
DAY = date(2026, 3, 2)


@pytest.fixture(params=["file", "memory"])
def service(request: pytest.FixtureRequest, tmp_path: Path) -> OptOuts:
    return FileOptOuts(tmp_path) if request.param == "file" else MemoryOptOuts()


def test_before_the_first_answer_nobody_is_known(service: OptOuts) -> None:
    assert (service.sweep(), service.asked(), service.look_up(ONE)) == (None, frozenset(), "not_asked")


def test_an_answer_is_the_difference_to_what_was_asked(service: OptOuts) -> None:
    service.ask(frozenset({ONE, TWO}))
    assert service.take(frozenset({ONE}), answered_on=DAY) == Sweep(DAY, 2, 1)
    assert service.sweep() == Sweep(DAY, 2, 1)
    assert [service.look_up(number) for number in (ONE, TWO, THREE)] == ["allowed", "opted_out", "not_asked"]


def test_everybody_may_have_opted_out(service: OptOuts) -> None:
    service.ask(frozenset({ONE}))
    service.take(frozenset(), answered_on=DAY)
    assert service.look_up(ONE) == "opted_out"


def test_asking_again_changes_nothing_until_it_is_answered(service: OptOuts) -> None:
    service.ask(frozenset({ONE, TWO}))
    service.take(frozenset({ONE}), answered_on=DAY)
    service.ask(frozenset({THREE}))
    assert (service.asked(), service.look_up(ONE), service.look_up(THREE)) == (
        frozenset({THREE}),
        "allowed",
        "not_asked",
    )
    service.take(frozenset({THREE}), answered_on=DAY)
    assert [service.look_up(number) for number in (ONE, TWO, THREE)] == ["not_asked", "not_asked", "allowed"]


def test_an_answer_about_somebody_else_is_refused_and_the_last_one_stays(service: OptOuts) -> None:
    service.ask(frozenset({ONE}))
    service.take(frozenset({ONE}), answered_on=DAY)
    with pytest.raises(ValueError, match="not asked"):
        service.take(frozenset({TWO}), answered_on=DAY)
    assert service.look_up(ONE) == "allowed"


def test_another_process_sees_a_new_answer_at_once_and_only_its_owner_may_read_it(tmp_path: Path) -> None:
    mine, theirs = FileOptOuts(tmp_path), FileOptOuts(tmp_path)
    theirs.ask(frozenset({ONE}))
    theirs.take(frozenset({ONE}), answered_on=DAY)
    assert mine.look_up(ONE) == "allowed"
    theirs.take(frozenset(), answered_on=DAY)
    assert mine.look_up(ONE) == "opted_out"
    assert {oct(p.stat().st_mode & 0o777) for p in (tmp_path / "optout").iterdir()} == {"0o600"}
    assert oct(os.stat(tmp_path / "optout").st_mode & 0o777) == "0o700"
