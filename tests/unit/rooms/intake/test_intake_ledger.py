"""The ledger: what becomes of a newcomer, and that a worker records only what it still holds."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from support.hospital import LEAD, arrive, newcomer

from isocentre.audit.models import Counted
from isocentre.core.actor import SYSTEM
from isocentre.core.routing import Route
from isocentre.rooms.intake import door
from isocentre.rooms.intake.models import Arrival, LedgerRow

pytestmark = pytest.mark.usefixtures("hospital")
PENDING = Route("lungs", time_point="Baseline", study_day=0)


def test_a_new_object_gets_a_row_for_each_research_study_and_one_audit_row_an_association() -> None:
    kept = arrive(newcomer("1.1", routes=(PENDING, Route("own"))), newcomer("1.2", route=PENDING))
    assert [(k.outcome, k.needed) for k in kept] == [("new", True), ("new", True)]
    assert sorted(LedgerRow.objects.values_list("sop_instance_uid", "research_study")) == [
        ("1.1", "lungs"), ("1.1", "own"), ("1.2", "lungs"),
    ]  # fmt: skip
    assert list(Counted.objects.values_list("action", "detail", "number")) == [("scan_received", {"outcome": "new"}, 2)]


def test_the_same_object_again_is_a_duplicate_counted_apart() -> None:
    arrive(newcomer(route=PENDING))
    again = arrive(newcomer(route=PENDING, path="other"), newcomer(route=PENDING, path="third"))
    assert [(k.outcome, k.needed) for k in again] == [("duplicate", False)] * 2
    assert door.totals()["lungs"]["received"] == 1
    assert door.totals()["lungs"]["duplicates"] == 2


def test_an_image_whose_original_was_lost_is_taken_when_it_is_sent_again() -> None:
    arrive(newcomer(route=PENDING))
    [row] = door.claim_pending(worker="w", limit=5)
    door.record_outcomes(by=SYSTEM, worker="w", outcomes=[door.Outcome(row.pk, "held", door.LOST, "Not here.")])
    [kept] = arrive(newcomer(route=PENDING, path="second"))
    assert (kept.outcome, kept.needed) == ("correction", True)
    row = LedgerRow.objects.get()
    assert (row.disposition, row.arrival.path, row.duplicates) == ("pending", "second", 0)
    assert arrive(newcomer(route=PENDING, path="third"))[0].outcome == "duplicate"


def test_other_headers_on_the_same_pixels_are_the_next_revision_of_the_same_row() -> None:
    arrive(newcomer(route=PENDING))
    [row] = door.claim_pending(worker="w", limit=5)
    door.record_outcomes(by=SYSTEM, worker="w", outcomes=[door.Outcome(row.pk, "sent_on")])
    [kept] = arrive(newcomer(route=PENDING, header_sha256="h2", path="second"))
    assert kept.outcome == "correction"
    row = LedgerRow.objects.get()
    assert (row.disposition, row.arrival.revision, Arrival.objects.count()) == ("pending", 1, 2)


STRAY = Route("unassigned", "held", "not_part", "Nobody is enrolled.")


def test_a_correction_that_finds_its_research_study_moves_the_row_that_had_none() -> None:
    arrive(newcomer(route=STRAY))
    first = LedgerRow.objects.get().pk
    arrive(newcomer(route=PENDING, header_sha256="h2", path="second"))
    row = LedgerRow.objects.get()
    assert (row.pk, row.research_study, row.disposition, row.arrival.revision) == (first, "lungs", "pending", 1)
    assert door.totals()["unassigned"]["received"] == 0


def test_a_correction_to_another_person_never_goes_on_as_the_first() -> None:
    """The row named the first person; with the second one's header it must not be sent under the first's key."""
    arrive(newcomer(route=PENDING), newcomer("1.9", routes=(PENDING, Route("own"))))
    door.claim_pending(worker="w", limit=5)
    arrive(newcomer(route=STRAY, header_sha256="h2"), newcomer("1.9", route=STRAY, header_sha256="h2"))
    assert sorted(LedgerRow.objects.values_list("sop_instance_uid", "research_study", "disposition", "cause")) == [
        ("1.2.3.1", "unassigned", "held", "not_part"),
        ("1.9", "own", "left_out", "corrected_away"),
        ("1.9", "unassigned", "held", "not_part"),
    ]
    assert not LedgerRow.objects.exclude(claimed_by="").exists()


def test_a_row_that_was_sent_on_keeps_saying_so_when_the_correction_belongs_elsewhere() -> None:
    arrive(newcomer(route=PENDING))
    [row] = door.claim_pending(worker="w", limit=5)
    sent = door.Outcome(row.pk, "sent_on", fields={"sent_at": timezone.now(), "object_uid": "2.25.1"})
    door.record_outcomes(by=SYSTEM, worker="w", outcomes=[sent])
    arrive(newcomer(route=STRAY, header_sha256="h2"))
    rows = dict(LedgerRow.objects.values_list("research_study", "arrival__revision"))
    assert rows == {"lungs": 0, "unassigned": 1}
    arrive(newcomer(route=PENDING, header_sha256="h3"), newcomer(route=STRAY, header_sha256="h4"))
    found = LedgerRow.objects.get(research_study="lungs")
    assert (found.disposition, found.cause, found.object_uid) == ("held", "corrected_away", "2.25.1")


def test_other_pixels_hold_the_row_and_keep_the_file() -> None:
    arrive(newcomer(route=PENDING))
    [kept] = arrive(newcomer(route=PENDING, pixel_sha256="p2", path="second"))
    assert (kept.outcome, kept.needed) == ("conflict", True)
    row = LedgerRow.objects.get()
    assert (row.disposition, row.cause, row.conflicting, row.arrival.revision) == ("held", "other_pixels", "second", 0)


def test_a_row_is_claimed_once_and_recorded_only_by_its_holder() -> None:
    arrive(newcomer(route=PENDING))
    [row] = door.claim_pending(worker="a", limit=5)
    assert door.claim_pending(worker="b", limit=5) == []
    assert door.record_outcomes(by=SYSTEM, worker="b", outcomes=[door.Outcome(row.pk, "sent_on")]) == 0
    assert door.record_outcomes(by=SYSTEM, worker="a", outcomes=[door.Outcome(row.pk, "sent_on")]) == 1
    assert door.record_outcomes(by=SYSTEM, worker="a", outcomes=[door.Outcome(row.pk, "held")]) == 0
    assert LedgerRow.objects.get().disposition == "sent_on"


def test_a_lease_that_ran_out_is_claimed_by_another() -> None:
    arrive(newcomer(route=PENDING))
    door.claim_pending(worker="a", limit=5)
    assert door.claim_tried(worker="b") is None
    LedgerRow.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    assert door.claim_pending(worker="b", limit=5) == [], "whatever was tried before goes by itself"
    row = door.claim_tried(worker="b")
    assert row is not None
    assert (row.claimed_by, row.attempts) == ("b", 2)
    assert door.claim_tried(worker="b") is None


def test_what_a_dead_worker_held_is_taken_over_at_once_by_the_next_of_its_name() -> None:
    arrive(newcomer(route=PENDING))
    door.claim_pending(worker="gateway worker 0-301", limit=5)
    assert door.claim_pending(worker="gateway worker 0-302", limit=5) == []
    row = door.claim_tried(worker="gateway worker 0-302")
    assert row is not None
    assert row.not_before is None
    row.refresh_from_db()
    assert row.not_before is not None, "should it die as well, the next try waits"


def test_the_ledger_balances_over_every_disposition() -> None:
    causes = ("pending", "held", "left_out", "rejected", "opted_out", "sent_on")
    arrive(*(newcomer(f"1.{n}", route=Route("lungs", d)) for n, d in enumerate(causes)))
    totals = door.totals()["lungs"]
    assert totals["received"] == sum(totals[d] for d in causes) == 6


def test_a_later_number_makes_no_second_person_and_keeps_the_key_first_used() -> None:
    first = door.enrol(by=LEAD, research_study="lungs", hospital_number="NM1")
    second = door.enrol(by=LEAD, research_study="lungs", hospital_number="NM1", nhs_number="9990000018", name="Ash")
    assert first.pk == second.pk
    assert second.key_used == "id:|NM1"
    assert (second.person.nhs_number, second.person.name) == ("9990000018", "Ash")
