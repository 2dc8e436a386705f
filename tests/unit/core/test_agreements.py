"""Contribution agreements: whether one is in force on a day, why not in words, and what may be put down."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from isocentre.core.agreements import (
    CALDICOTT,
    ENTERED,
    NONE,
    SIRO,
    AgreementTerms,
    Confirmed,
    Standing,
    check_entered,
    check_whole,
    ends_soon,
    standing,
)
from isocentre.core.checks import Unfit

FIRST, LAST, SIGNED = date(2026, 1, 1), date(2026, 3, 29), date(2025, 12, 1)
WHOLE = AgreementTerms(
    controllers="Northmoor University and the trust", processor="The national side", purposes="The trial",
    dpia="DPIA-7", file_reference="IG-14", caldicott_name="Dr A", caldicott_post="Medical Director",
    caldicott_on=SIGNED, siro_name="Ms B", siro_post="Chief Digital Officer", siro_on=SIGNED, starts=FIRST, until=LAST,
    exit_terms="keep",
)  # fmt: skip
ONE = Confirmed(1, WHOLE)
DAY = timedelta(days=1)
TODAY = date(2026, 2, 1)


@pytest.mark.parametrize(
    ("day", "why_not"),
    [
        (FIRST - DAY, "the contribution agreement begins on 1 January 2026"),
        (FIRST, ""),
        (LAST, ""),
        (LAST + DAY, "the contribution agreement ended on 29 March 2026"),
    ],
)
def test_it_holds_from_its_first_day_to_its_last(day: date, why_not: str) -> None:
    found = standing([ONE], day)
    assert (found.why_not, found.in_force, found.number, found.until) == (why_not, not why_not, 1, LAST)


def test_nothing_recorded_and_nobody_confirmed() -> None:
    assert standing([], TODAY) == Standing(NONE)
    assert standing([], TODAY, waiting=True) == Standing(ENTERED)
    assert standing([Confirmed(1, replace(WHOLE, starts=None))], TODAY) == Standing(NONE)


@pytest.mark.parametrize(
    ("change", "why_not"),
    [
        ({"caldicott_on": None}, CALDICOTT),
        ({"caldicott_on": TODAY + DAY}, CALDICOTT),
        ({"siro_on": None}, SIRO),
        ({"siro_on": TODAY + DAY}, SIRO),
        ({"siro_on": TODAY}, ""),
        ({"until": None}, ""),
    ],
)
def test_it_needs_both_signatures(change: dict[str, date | None], why_not: str) -> None:
    assert standing([Confirmed(1, replace(WHOLE, **change))], TODAY).why_not == why_not  # type: ignore[arg-type]  # days


def test_ended_early_it_holds_no_more_from_that_day() -> None:
    ended = replace(ONE, ended_on=TODAY)
    assert standing([ended], TODAY - DAY).in_force
    assert standing([ended], TODAY).why_not == "the contribution agreement was ended on 1 February 2026"


def test_the_newest_version_that_has_begun_decides() -> None:
    later = Confirmed(2, replace(WHOLE, starts=TODAY, siro_on=None))
    assert standing([later, ONE], TODAY - DAY).number == 1, "until the day the next one begins"
    found = standing([later, ONE], TODAY)
    assert (found.number, found.why_not) == (2, SIRO), "an older one does not stand in for it"
    ended = replace(later, ended_on=TODAY)
    assert not standing([ONE, ended], TODAY).in_force, "nor does it come back when the newer one is ended"


def test_one_ended_before_it_began_never_begins() -> None:
    coming = Confirmed(1, WHOLE, ended_on=FIRST - 3 * DAY)
    assert standing([coming], FIRST - 2 * DAY) == Standing(NONE)


def test_people_are_told_before_it_ends() -> None:
    assert not ends_soon(standing([ONE], LAST - 61 * DAY), LAST - 61 * DAY)
    assert ends_soon(standing([ONE], LAST - 60 * DAY), LAST - 60 * DAY)
    assert ends_soon(standing([ONE], LAST), LAST)
    assert not ends_soon(standing([ONE], LAST + DAY), LAST + DAY)
    assert not ends_soon(Standing(), TODAY)


def test_what_is_missing_may_follow_until_it_is_confirmed() -> None:
    check_entered(AgreementTerms(), TODAY)
    check_whole(WHOLE, TODAY)
    unsigned = replace(WHOLE, caldicott_on=None, siro_on=None, caldicott_name="", siro_name="")
    check_whole(unsigned, TODAY)
    with pytest.raises(Unfit) as refused:
        check_whole(AgreementTerms(), TODAY)
    assert set(refused.value.errors) == {
        "controllers", "processor", "purposes", "dpia", "file_reference", "starts", "until", "exit_terms",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("until", {"until": FIRST - DAY}),
        ("until", {"until": FIRST + timedelta(days=41 * 366)}),
        ("caldicott_name", {"caldicott_post": " "}),
        ("siro_name", {"siro_name": ""}),
        ("siro_on", {"siro_on": TODAY + DAY}),
        ("exit_terms", {"exit_terms": "sell"}),
        ("purposes", {"purposes": "For 999 000 0018 alone"}),
        ("siro_post", {"siro_post": "x" * 101}),
        ("dpia", {"dpia": "a\nb"}),
    ],
)
def test_what_cannot_be_is_refused_by_field(field: str, change: dict[str, object]) -> None:
    with pytest.raises(Unfit) as refused:
        check_entered(replace(WHOLE, **change), TODAY)  # type: ignore[arg-type]  # made wrong on purpose
    assert set(refused.value.errors) == {field}
