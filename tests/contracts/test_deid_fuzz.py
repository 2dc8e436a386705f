"""A seeded part of the fuzzing: what an input of any kind becomes, and that the oracles notice a broken engine."""

from __future__ import annotations

import time
from base64 import b64encode
from pathlib import Path

import pytest
from support.corpus.mutants import MUTANTS, Mutant, broken
from support.fuzz import ledger, oracle
from support.fuzz.inputs import made, profiles
from support.fuzz.oracle import judge, tokens_in
from support.fuzz.run import run
from support.fuzz.seeds import PERSON, bases

SEED = 20261125
BROKEN = {
    "keeps AccessionNumber": "disagrees",
    "keeps private elements": "disagrees",
    "does not say that the identity is removed": "disagrees",
    "writes no patient id": "disagrees",
}


def test_the_fast_road_and_the_second_check() -> None:
    done = run(SEED, 0, 6_000, 600)
    assert dict(done.kinds) == {}
    assert done.inputs == 6_000
    # An engine that holds everything, or lets everything pass, would tell nothing.
    assert done.outcomes["done"] > 600
    assert done.outcomes["held/unparseable"] > 600
    assert done.outcomes["refused/identifier"] > 60


def test_both_roads_and_a_reader_that_is_not_ours() -> None:
    done = run(SEED, 1_000_000, 1_500, 600, both=True)
    assert dict(done.kinds) == {}
    assert done.outcomes["done"] > 150


def test_an_input_is_the_same_bytes_again() -> None:
    for number in range(50):
        one, again = made(SEED, number), made(SEED, number)
        assert (one.data, one.profile, one.base) == (again.data, again.profile, again.base)
    assert len({made(SEED, number).data for number in range(200)}) > 190
    assert len(bases()) > 90


@pytest.mark.parametrize("mutant", [one for one in MUTANTS if one.name in BROKEN], ids=lambda one: one.name)
def test_a_broken_engine_is_noticed(mutant: Mutant) -> None:
    with broken(mutant):
        done = run(SEED, 0, 400, 600)
    assert any(kind.startswith(BROKEN[mutant.name]) for kind in done.kinds), done.kinds


def test_a_leak_past_the_second_check_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oracle.recheck, "check", lambda *_, **__: [])
    done = run(SEED, 0, 1_500, 600)
    assert any(kind.startswith("leak") for kind in done.kinds)


def test_an_exception_and_a_hang_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    one = made(SEED, 3)

    def fails(*_: object, **__: object) -> None:
        raise IndexError("boom")

    def hangs(*_: object, **__: object) -> None:
        while True:
            time.process_time()

    profile = profiles()[one.profile]
    monkeypatch.setattr(oracle, "deidentify", fails)
    assert judge(one.data, profile).wrong == "crash"
    monkeypatch.setattr(oracle, "deidentify", hangs)
    assert judge(one.data, profile, limit=0.05).wrong == "slow"


@pytest.mark.parametrize("text", PERSON)
def test_every_disguise_is_a_needle(text: str) -> None:
    forms = [text.encode(), text.upper().encode(), text[::-1].encode(), text.encode("utf-16-le")]
    forms += [text.encode().hex().encode()]
    forms += [b64encode(b"ab"[:shift] + text.encode()) for shift in range(3)]
    for form in forms:
        assert tokens_in(b"\1\2" + form + b"\3")
    assert not tokens_in(b"T2 AX\0 1.2.840.10008.5.1.4.1.1.2 20240315")


def test_the_ledger_adds_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = ledger.total(ledger.read())
    assert sum(whole["outcomes"].values()) + sum(whole["findings"].values()) == whole["inputs"]
    monkeypatch.setattr(ledger, "FILE", tmp_path / "runs.jsonl")
    assert ledger.read() == []
    for both in (False, True):
        ledger.add(run(SEED, 0, 20, 600, both=both).line())
    total = ledger.total(ledger.read())
    assert (total["runs"], total["inputs"], total["of them on both roads"]) == (2, 40, 20)
