"""The life of a scan says that it was fetched: from which PACS, by which list, to whom the list is there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.pull_lists import BY, later, listed, work_off

from isocentre.core.actor import Scope
from isocentre.rooms.intake import hooks
from isocentre.rooms.intake.models import LedgerRow
from isocentre.rooms.intake.pull import making

pytestmark = pytest.mark.django_db
SEES = replace(BY, permissions=frozenset({"arrivals_view", "pulls_view"}))


def life(actor=SEES):
    key = LedgerRow.objects.filter(study_uid="1.2.1").order_by("pk")[0].pk
    return [one for one in hooks.life(actor, str(key)) if one.title == "Fetched from a PACS"]


def fetched(pacs, node, times=1):
    pull = listed(node, "A1")
    making.start(by=BY, pull=pull)
    for _ in range(times):
        work_off()
        later()
    return pull


def test_a_scan_that_was_fetched_says_by_which_list(pacs, node):
    pull = fetched(pacs, node)
    [step] = life()
    assert (step.stage, step.state, step.who) == ("received", "done", "PACS, by C-MOVE")
    assert step.detail == "2 series of the list “A list”, 4 of 4 images"
    assert step.url == f"/intake/fetching/{pull.pk}/"
    assert [one.title for one in hooks.life(SEES, str(LedgerRow.objects.order_by("pk")[0].pk))][:2] == [
        "Fetched from a PACS", "Received",
    ]  # fmt: skip


def test_what_came_short_says_what_to_do(pacs, node):
    pacs.keeps_back = frozenset({"1.2.1.1.2"})
    fetched(pacs, node, times=4)
    [step] = life()
    assert (step.state, "1 series came short" in step.detail, bool(step.next)) == ("now", True, True)


def test_who_may_not_see_lists_gets_no_link_and_a_scan_sent_by_itself_no_step(pacs, node):
    fetched(pacs, node)
    assert [one.url for one in life(replace(SEES, permissions=frozenset({"arrivals_view"})))] == [""]
    making.set_node(by=BY, name="PACS", site="RNM02")
    near = replace(SEES, scope=Scope(frozenset({("own", "RNM01")})))
    assert life(near) == [], "the list is of another site's PACS"
    listed(node, "A1")
    work_off()
    assert len(life()) == 1, "a list that only found it"
