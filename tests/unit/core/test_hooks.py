"""The records rooms hand to pages, and the order of a scan's life."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from isocentre.core import hooks

EARLY = datetime(2026, 3, 1, 9, tzinfo=UTC)
LATE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def test_a_life_without_steps_is_all_future():
    life = hooks.assemble("gateway", [])
    assert [s.stage for s in life] == [s.key for s in hooks.STAGES["gateway"]]
    assert {s.state for s in life} == {"future"}
    assert all(s.detail for s in life)


def test_steps_take_their_place_and_keep_their_order_within_a_stage():
    steps = [
        hooks.Step("deidentified", "De-identified again", "done"),
        hooks.Step("received", "Received", "done"),
        hooks.Step("received", "Received a correction", "done"),
    ]
    life = hooks.assemble("gateway", steps)
    assert [s.title for s in life[:4]] == [
        "Received",
        "Received a correction",
        "Research study found",
        "De-identified again",
    ]


def test_a_step_of_an_unknown_stage_is_kept_last():
    life = hooks.assemble("platform", [hooks.Step("released", "Released", "done")])
    assert life[-1].title == "Released"
    assert life[0].state == "future"


@pytest.mark.parametrize("side", ["gateway", "platform"])
def test_stages_are_named_once(side):
    keys = [s.key for s in hooks.STAGES[side]]
    assert len(keys) == len(set(keys))


def test_the_worklist_is_oldest_first_without_zeroes():
    items = [
        hooks.WorkItem(1, "undated", "/a"),
        hooks.WorkItem(2, "late", "/b", LATE),
        hooks.WorkItem(0, "nothing", "/c", EARLY),
        hooks.WorkItem(3, "early", "/d", EARLY),
    ]
    assert [i.text for i in hooks.oldest_first(items)] == ["early", "late", "undated"]


def test_changes_are_newest_first_and_limited():
    changes = [hooks.Change("undated"), hooks.Change("early", at=EARLY), hooks.Change("late", at=LATE)]
    assert [c.text for c in hooks.newest_first(changes)] == ["late", "early", "undated"]
    assert [c.text for c in hooks.newest_first(changes, limit=1)] == ["late"]


def test_the_menu_names_an_address_once():
    items = [
        hooks.NavItem("Held", "/held/", 20),
        hooks.NavItem("Arrivals", "/arrivals/", 10),
        hooks.NavItem("Held twice", "/held/", 30),
    ]
    assert [i.text for i in hooks.menu(items)] == ["Arrivals", "Held"]


def test_nothing_follows_for_a_scan_that_was_taken_back() -> None:
    steps = [
        hooks.Step("received", "Received", "done"),
        hooks.Step(hooks.RECALLED, "Taken back", "failed", next="Wait"),
    ]
    assert [s.stage for s in hooks.assemble("gateway", steps)] == ["received", "recalled"]
    part = [steps[0], hooks.Step(hooks.RECALLED, "Some taken back", "done")]
    assert hooks.assemble("gateway", part)[-2].state == "future", "the rest of it goes on"


@pytest.mark.parametrize(
    ("next_step", "stages"),
    [
        ("", ["received", "assigned", "deidentified", "erased"]),
        ("Decide", ["received", "assigned", "deidentified", "sent_on", "acknowledged", "erased"]),
    ],
)
def test_a_scan_that_goes_no_further_is_promised_no_way_onward(next_step: str, stages: list[str]) -> None:
    steps = [hooks.Step("deidentified", "Goes no further", "failed", next=next_step)]
    assert [s.stage for s in hooks.assemble("gateway", steps)] == stages
    steps.append(hooks.Step("deidentified", "Being de-identified", "now"))
    assert "sent_on" in [s.stage for s in hooks.assemble("gateway", steps)], "other images of it are on their way"
