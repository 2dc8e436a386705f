"""Whose turn it is at a PACS: one that is down is left alone, a dead worker's place waits, lists do not block lists."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from support.hospital import arrive, newcomer
from support.pull_lists import BY, later, listed, work_off

from isocentre.audit.models import AuditRow
from isocentre.core.pull.lines import Asked
from isocentre.core.routing import Route
from isocentre.rooms.intake import upkeep
from isocentre.rooms.intake.pull import asking, fetching, forgetting, making, work
from isocentre.rooms.intake.pull.rows import PacsNode, Pull, PullLine, PullSeries

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


def test_a_long_list_is_taken_in_by_parts_and_a_half_one_is_removed(pacs, node, monkeypatch):
    asked = [(number, Asked(accession=f"X{number}")) for number in range(making.PART + 7)]
    pull = making.make(by=BY, research_study="own", pacs=node.pk, name="Long", asked=asked)
    assert (pull.state, pull.lines.count()) == (Pull.ASKING, making.PART + 7)

    def die(rows):
        raise KeyboardInterrupt

    monkeypatch.setattr(PullLine.objects, "bulk_create", die)
    with pytest.raises(KeyboardInterrupt):
        making.make(by=BY, research_study="own", pacs=node.pk, name="Half", asked=asked)
    half = Pull.objects.get(name="Half")
    PullLine(pull=half, number=1, accession="X").save()
    assert (half.state, asking.take("w-1").pull_id) == (Pull.MAKING, pull.pk), "it is not begun"
    assert forgetting.unmade() == 0
    assert forgetting.unmade(timezone.now() + timedelta(hours=2)) == 1
    assert list(Pull.objects.all()) == [pull]


def test_a_long_list_is_started_by_parts(pacs, node, monkeypatch):
    monkeypatch.setattr(making, "PART", 2)
    pull = listed(node, "A1", "A2", "A3")
    work_off()
    assert making.start(by=BY, pull=pull) == 6
    assert set(pull.series.values_list("state", flat=True)) == {"waiting"}
    work_off()
    assert set(pull.series.values_list("state", flat=True)) == {"whole"}


def test_two_managers_who_pause_or_resume_at_once_pause_it_once(pacs, node):
    making.pause(by=BY, node=node.pk, why="Upgrade tonight")
    making.pause(by=BY, node=node.pk, why="The network is slow")
    assert PacsNode.objects.get().paused_why == "Upgrade tonight", "who waits reads why it was paused"
    making.resume(by=BY, node=node.pk)
    making.resume(by=BY, node=node.pk)
    acts = AuditRow.objects.filter(object_type="pacs").order_by("pk").values_list("action", flat=True)
    assert list(acts) == ["pacs_added", "pacs_paused", "pacs_resumed"]


def test_what_is_taken_over_on_our_own_line_belongs_to_the_lists_of_that_pacs_alone(pacs, node):
    pull = listed(node, "A1")
    work_off()
    making.start(by=BY, pull=pull)
    assert fetching.studies_of("1.2.1.1", "", node.pk) == ("own",)
    assert fetching.studies_of("1.2.1.1", "PACS", node.pk + 1) == ()
    assert fetching.studies_of("1.2.9.9", "", node.pk) == (), "something else than was asked for"


def test_what_a_crash_left_of_what_was_handed_over_is_swept(pacs, node, settings, tmp_path):
    settings.ZONE_HOME = tmp_path
    incoming = tmp_path / "quarantine" / "incoming"
    (incoming / "folder").mkdir(parents=True)
    for name in ("tmpabc.dcm", "1.tmp"):
        (incoming / name).write_bytes(b"x")
    assert upkeep.sweep_strays() == 0, "it may be coming yet"
    assert upkeep.sweep_strays(timezone.now().timestamp() + 7200) == 2
    assert [one.name for one in incoming.iterdir()] == ["folder"]
