"""Without a contribution agreement in force nothing is sent on: held, told, and on its way again by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from support.hospital import config, images, signed_in, text

from isocentre.core.actor import Actor, Scope
from isocentre.core.dicomweb.facts import NO_AGREEMENT
from isocentre.core.ports import SendResult
from isocentre.rooms.deid import door, hooks, messages, work
from isocentre.rooms.intake import door as intake
from isocentre.rooms.intake.models import Arrival, Decision, LedgerRow, ResearchStudy

pytestmark = pytest.mark.usefixtures("hospital")
LEAD = Actor(
    "person", "lead", "imaging_lead", Scope.everything(), frozenset({"study_config_accept", "held_view", "held_act"})
)
NOT_SIGNED = "the contribution agreement is not signed by the SIRO"
SENTENCE = "The contribution agreement is not signed by the SIRO."


@pytest.fixture
def told(hospital: None, ports: Any) -> Any:
    """Tells the hospital side how the agreement stands, as the national side does; a message with none says nothing."""

    def tell(*agreements: dict[str, Any], slugs: tuple[str, ...] = ("lungs", "own")) -> int:
        proposals = [config(slug, intake_mode="dedicated" if slug == "own" else "listed") for slug in slugs]
        for proposal in proposals if agreements else ():
            proposal["agreements"] = list(agreements)
        message = {
            "schema": 1, "gateway": "local", "sites": [{"ods": "RNM01", "name": "Northmoor General"}], "scanners": [],
            "research_studies": proposals, "recalls": [],
        }  # fmt: skip
        ports.wall.fetch_study_config = lambda: message
        return messages.fetch_config("w")

    return tell


def agreement(receive: bool | str, until: str = "", site: str = "RNM01") -> dict[str, Any]:
    return {"site": site, "receive": receive, "until": until}


@pytest.fixture
def waiting(hospital: None, ports: Any, tmp_path: Path) -> None:
    """Three images of a research study in force, waiting their turn."""
    door.accept(by=LEAD, slug="own")
    images(tmp_path, 3)


def states() -> set[tuple[str, str]]:
    return set(LedgerRow.objects.values_list("disposition", "cause"))


@pytest.mark.usefixtures("waiting")
def test_held_while_it_is_not_in_force_and_on_its_way_by_itself_when_it_is(told: Any, ports: Any) -> None:
    told(agreement(NOT_SIGNED))
    work.move("w")
    assert states() == {("held", "no_agreement")}
    assert ports.wall.sent == []
    assert set(LedgerRow.objects.values_list("words", flat=True)) == {SENTENCE}
    told(agreement(NOT_SIGNED))
    assert states() == {("held", "no_agreement")}
    assert told(agreement(True, "2999-12-31")) == 3
    assert states() == {("pending", "")}
    assert told(agreement(True, "2999-12-31")) == 0
    work.move("w")
    assert states() == {("sent_on", "")}
    assert list(Decision.objects.values_list("action", "images")) == [("agreement_in_force", 3)]
    assert intake.undoable(by=LEAD) == [], "it follows from what is agreed, so nobody undoes it here"


@pytest.mark.usefixtures("waiting")
def test_it_ends_with_its_last_day_in_london_also_while_nobody_tells(
    told: Any, ports: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    told(agreement(True, "2026-10-25"))  # the clocks go back that morning
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 10, 26, 0, 0, tzinfo=UTC))
    work.move("w")
    assert states() == {("held", "no_agreement")}
    assert "ended on 25 October 2026" in LedgerRow.objects.all()[0].words
    monkeypatch.setattr(timezone, "now", lambda: datetime(2026, 10, 25, 23, 59, 59, tzinfo=UTC))
    assert told(agreement(True, "2026-10-25")) == 3, "as it would be, were it still that day"


@pytest.mark.usefixtures("waiting")
def test_a_site_is_held_by_its_own_agreement_only(told: Any) -> None:
    told(agreement(True), agreement("the contribution agreement begins on 1 May 2027", site="RNM02"))
    work.move("w")
    assert states() == {("sent_on", "")}


@pytest.mark.usefixtures("waiting")
def test_where_the_national_side_asks_for_none_or_no_more_nothing_is_held(told: Any) -> None:
    told(agreement(NOT_SIGNED))
    work.move("w")
    told()
    work.move("w")
    assert states() == {("sent_on", "")}


@pytest.mark.usefixtures("waiting")
def test_a_refusal_for_want_of_an_agreement_is_held_as_that(told: Any, ports: Any) -> None:
    def refuse(slug: str, site: str, objects: list[Any]) -> list[SendResult]:
        return [SendResult(one.object_uid, False, NO_AGREEMENT, NOT_SIGNED) for one in objects]

    ports.wall.send = refuse
    work.move("w")
    assert states() == {("held", "no_agreement")}, "the message had not come yet"
    assert told(agreement(True)) == 3


def test_what_is_told_of_agreements_is_nothing_to_accept(told: Any, ports: Any) -> None:
    told()
    for slug in ("lungs", "own"):
        door.accept(by=LEAD, slug=slug)
    assert told(agreement(NOT_SIGNED)) == 0
    study = ResearchStudy.objects.get(slug="own")
    assert "agreements" not in study.proposal
    assert door.settled(study, door.in_force("own"))


@pytest.mark.usefixtures("waiting")
def test_pages_say_what_is_wrong_and_whom_to_ask(told: Any) -> None:
    told(agreement(NOT_SIGNED))
    work.move("w")
    page = text(signed_in("imaging_lead").get("/intake/research-studies/own/"))
    assert "May not send on from" in page
    assert SENTENCE in page
    assert "In force, nothing is sent on" in page
    assert "Ask the study team" in page
    row = LedgerRow.objects.order_by("pk")[0]
    [step] = [one for one in hooks.life(LEAD, str(row.pk)) if one.state == "failed"]
    assert SENTENCE in step.detail
    assert "study team" in step.next
    assert "In force until 31 December 2999." in _after(told, agreement(True, "2999-12-31"))
    assert "In force." in _after(told, agreement(True))
    assert "Contribution agreement" not in _after(told)


def _after(told: Any, *agreements: dict[str, Any]) -> str:
    told(*agreements)
    client = signed_in("dpo", site=str(len(str(agreements))))  # somebody new each time
    return text(client.get("/intake/research-studies/own/"))


@pytest.mark.usefixtures("waiting")
def test_it_waits_for_as_long_as_it_takes(told: Any) -> None:
    told(agreement(NOT_SIGNED))
    work.move("w")
    later = timezone.now() + timedelta(days=400)
    assert intake.upkeep.expire_held(later) == 0
    assert intake.upkeep.erase_originals(later) == 0
    assert Arrival.objects.filter(erased_at=None).count() == 3
