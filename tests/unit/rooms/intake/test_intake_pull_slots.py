"""Whose turn it is at a PACS: one that is down is left alone, a dead worker's place waits, lists do not block lists."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from support.hospital import arrive, newcomer
from support.pull_lists import BY, later, listed, work_off

from isocentre.core.routing import Route
from isocentre.rooms.intake.pull import fetching, making, work
from isocentre.rooms.intake.pull.rows import PacsNode, PullLine, PullSeries

pytestmark = pytest.mark.django_db


def test_a_pacs_that_is_down_is_not_asked_about_each_line_of_a_list(pacs, node):
    pacs.away = True
    pull = listed(node, "A1", "A2", "A3")
    work_off()
    assert sorted(pull.lines.values_list("attempts", flat=True)) == [0, 0, 1]
    assert PacsNode.objects.get().away_until > timezone.now()
    later(PullLine)
    work_off()
    assert sum(pull.lines.values_list("attempts", flat=True)) == 2, "one question more"


def test_what_a_worker_that_died_had_sent_keeps_its_place_until_its_lease_ends(pacs, node):
    pull = listed(node, "A1")
    making.start(by=BY, pull=pull)
    work.by_itself("w-1")
    PullSeries.objects.filter(pk=pull.series.order_by("pk")[0].pk).update(
        claimed_by="first-1", lease_until=timezone.now() + timedelta(seconds=30), state=PullSeries.WAITING
    )
    moves = len(pacs.moves)
    work_off()
    assert fetching.take("first-2") is None, "the PACS may be sending it yet"
    assert len(pacs.moves) == moves


def test_a_list_whose_lines_all_wait_does_not_hold_up_the_next(pacs, node):
    first, second = listed(node, "A1"), listed(node, "A2")
    first.lines.update(not_before=timezone.now() + timedelta(minutes=5))
    work_off()
    assert first.lines.get().state == PullLine.WAITING
    assert second.lines.get().state == PullLine.ONE


def test_the_canary_tells_nothing_of_how_large_images_are(pacs, node):
    pull = listed(node, "A1")
    work_off()
    before = making.estimate(pull).size
    arrive(newcomer("9.1", route=Route("canary"), peer="canary", size=10))
    assert making.estimate(pull).size == before
    arrive(newcomer("9.2", route=Route("own"), size=1000))
    assert making.estimate(pull).size == 4000
