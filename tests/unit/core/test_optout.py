"""Where the national data opt-out applies, lists as the service takes and gives them, and what an answer means."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from isocentre.core.ids import NhsNumber
from isocentre.core.optout import MOST_ERRORS, BadList, Sweep, Verdict, applies, consented, decide, read_list, written

ONE, TWO = NhsNumber.parse("9990000018"), NhsNumber.parse("9990000050")
TODAY = date(2026, 3, 9)


@pytest.mark.parametrize(
    ("basis", "site", "asked"),
    [("s251", "RNM01", True), ("s251", "", True), ("consent", "RNM01", False), ("", "RNM01", False),
     ("s251", "7A1A1", False)],
)  # fmt: skip
def test_it_is_looked_up_under_section_251_support_in_england_only(basis: str, site: str, asked: bool) -> None:
    assert applies(basis, site) is asked


YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


@pytest.mark.parametrize(
    ("consented_on", "withdrawn", "given"),
    [(YESTERDAY, False, True), (TODAY, False, True), (TOMORROW, False, False), (None, False, False),
     (YESTERDAY, True, False)],
)  # fmt: skip
def test_consent_is_what_is_recorded_given_and_not_withdrawn(
    consented_on: date | None, withdrawn: bool, given: bool
) -> None:
    assert consented(consented_on=consented_on, withdrawn=withdrawn, today=TODAY) is given


@pytest.mark.parametrize(
    ("situation", "basis", "site", "agreed", "asked"),
    [
        ("section 251 support", "s251", "RNM01", False, True),
        ("explicit consent to this study, though it works under section 251 support", "s251", "RNM01", True, False),
        ("explicit consent to this study", "consent", "RNM01", True, False),
        ("a study that asks for consent, of a person who gave none: held for that", "consent", "RNM01", False, False),
        ("anonymised, individual care, public health, legal duty: no such basis", "", "RNM01", False, False),
        ("care outside England", "s251", "7A1A1", False, False),
        ("care outside England, with consent", "s251", "7A1A1", True, False),
    ],
)
def test_each_situation_of_the_policy(situation: str, basis: str, site: str, agreed: bool, asked: bool) -> None:
    assert applies(basis, site, consented=agreed) is asked, situation


def test_a_list_is_written_as_the_service_takes_it_and_read_back() -> None:
    assert written({TWO, ONE}) == b"9990000018,\n9990000050,\n"
    assert read_list("9990000050,\n9990000018,\n\n999 000 0018\n") == {ONE, TWO}
    assert read_list("\ufeff9990000018,\r\n") == {ONE}
    assert read_list("") == frozenset()


def test_a_leading_zero_stays() -> None:
    number = next(f"0{n:09}" for n in range(100, 200) if _valid(f"0{n:09}"))
    assert written(read_list(number)) == f"{number},\n".encode()


def _valid(text: str) -> bool:
    try:
        NhsNumber.parse(text)
    except ValueError:
        return False
    return True


def test_a_bad_line_is_named_by_its_number_and_never_repeated() -> None:
    with pytest.raises(BadList) as bad:
        read_list("9990000018,\n9434765918,\nFile rejected: 1 invalid record\n")
    assert [at for at, _ in bad.value.lines] == [2, 3]
    assert "9434765918" not in str(bad.value.lines) + str(bad.value)
    with pytest.raises(BadList) as many:
        read_list("x\n" * 100)
    assert len(many.value.lines) == MOST_ERRORS


def stop(number: str = ONE, verdict: Verdict = "allowed", age: int | None = 0) -> tuple[str, str] | None:
    sweep = None if age is None else Sweep(TODAY - timedelta(days=age), 2, 1)
    found = decide(nhs_number=number, sweep=sweep, verdict=verdict, today=TODAY, days=7)
    return (found.disposition, found.cause) if found else None


def test_only_a_recent_answer_lets_a_scan_go_on() -> None:
    assert stop() is None
    assert stop(age=7) is None
    assert stop(age=8) == ("held", "opt_out_list")
    assert stop(age=None, verdict="not_asked") == ("held", "opt_out_list")
    assert stop(number="") == ("held", "opt_out_no_number")
    assert stop(verdict="not_asked") == ("held", "opt_out_not_asked")
    assert stop(verdict="opted_out") == ("opted_out", "national_opt_out")
    assert stop(verdict="opted_out", age=8) == ("held", "opt_out_list")
