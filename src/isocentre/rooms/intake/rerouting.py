"""Held and waiting scans routed again by themselves, once what kept them has changed: an enrolment, a check, a list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from django.db.models import Q, QuerySet
from django.utils import timezone

from isocentre.core import following
from isocentre.core.actor import Actor
from isocentre.rooms.intake import contribution, leading
from isocentre.rooms.intake.decisions import DIFFERS, FOLLOWED, TELLS, carry_out, routed
from isocentre.rooms.intake.models import Decision, Disposition, Enrolment, LedgerRow
from isocentre.rooms.intake.reroute import AFTER_ENROLMENT, Router, waiting_for

ENROLLED = "enrolled"
BY_RULE = "rule_in_force"
TAKEN_BACK = "withdrawal_undone"
CHECKED, SETTLED, IDENTIFIED = "check_put_right", "subject_id_settled", "number_decided"
LISTED = "accession_listed"
AGREED = "agreement_in_force"
LEFT_OUT = ("other_modality", "other_body_part", "other_procedure", "no_visit", "not_listed", following.PAIR_MISSING)
"""Causes of scans that were left out by their kind or day: what a list or a person may say otherwise of."""
BY_ITSELF = (ENROLLED, "opt_out_checked", BY_RULE, TAKEN_BACK, CHECKED, SETTLED, IDENTIFIED, FOLLOWED, LISTED, AGREED)
"""Actions that follow from something else a person did: not undone."""


def reroute_enrolled(*, by: Actor, enrolments: list[Enrolment]) -> dict[str, int]:
    """Route the scans that were held for want of these enrolments; images by where they went. Safe to repeat."""
    rows = LedgerRow.objects.filter(pk__in=waiting_for(enrolments))
    return reroute(by, rows, AFTER_ENROLMENT, ENROLLED, "The person was enrolled.")


def reroute_held(*, by: Actor, causes: Sequence[str], action: str, reason: str) -> dict[str, int]:
    """Route every scan that is held for one of these causes again; images by where they went. Safe to repeat."""
    rows = LedgerRow.objects.filter(disposition=Disposition.HELD, cause__in=causes)
    return reroute(by, rows, causes, action, reason)


def reroute_withdrawn(*, by: Actor, enrolment: Enrolment) -> dict[str, int]:
    """Route the scans held because this person withdrew again, as the withdrawal was a mistake. Safe to repeat."""
    rows = LedgerRow.objects.filter(enrolment=enrolment, disposition=Disposition.HELD, cause="withdrawn")
    return reroute(by, rows, ("withdrawn",), TAKEN_BACK, "The withdrawal was taken back.")


def reroute_differing(*, by: Actor, person: int) -> dict[str, int]:
    """Route the scans held as of somebody else again, as what this person is checked by was put right."""
    rows = LedgerRow.objects.filter(enrolment__person=person, disposition=Disposition.HELD, cause=DIFFERS)
    return reroute(by, rows, (DIFFERS,), CHECKED, "What the person is checked by was put right.")


def reroute_identified(*, by: Actor, enrolments: list[Enrolment]) -> dict[str, int]:
    """Route the scans again that were held while somebody had to say whose a number is, or for want of one."""
    # Also what came under a number that is not theirs any more.
    theirs = Q(enrolment__in=enrolments, disposition=Disposition.HELD, cause="identity_question")
    rows = LedgerRow.objects.filter(theirs | Q(pk__in=waiting_for(enrolments)))
    return reroute(by, rows, AFTER_ENROLMENT, IDENTIFIED, "It was decided whose the number is.")


def reroute_settled(*, by: Actor, enrolment: Enrolment) -> dict[str, int]:
    """Route the scans held for their subject id again, as it was accepted or another was given."""
    rows = LedgerRow.objects.filter(enrolment=enrolment, disposition=Disposition.HELD, cause=TELLS)
    return reroute(by, rows, (TELLS,), SETTLED, "The subject id was decided about.")


def reroute_followers(*, by: Actor, rows: Sequence[int]) -> dict[str, int]:
    """Route images that go where another scan goes again; images by where they went. Safe to repeat."""
    found = leading.waiting().filter(pk__in=rows)
    return reroute(by, found, following.AGAIN, FOLLOWED, "The scan they belong to was settled.")


def reroute_listed(*, by: Actor, research_study: str, accessions: Sequence[str]) -> dict[str, int]:
    """Route what a research study left out again, as its accession list names it now and its original is here."""
    rows = LedgerRow.objects.filter(
        research_study=research_study, disposition=Disposition.LEFT_OUT, cause__in=LEFT_OUT,
        arrival__accession__in=accessions, arrival__erased_at=None,
    )  # fmt: skip
    return reroute(by, rows, LEFT_OUT, LISTED, "The accession list names it.")


def reroute_agreed(*, by: Actor) -> dict[str, int]:
    """Route what was held for want of a contribution agreement again where one is in force by now; images by where
    they went. Safe to repeat, and asked after each message, so that what was held while it was on its way goes on too.
    """
    held = LedgerRow.objects.filter(disposition=Disposition.HELD, cause=contribution.CAUSE)
    places = sorted(set(held.order_by().values_list("research_study", "site")))
    if not places:
        return {}
    agreed, moved = contribution.Agreed(), Counter[str]()
    for slug, site in places:
        if not agreed.why_not(slug, site):
            rows = held.filter(research_study=slug, site=site)
            moved.update(reroute(by, rows, (contribution.CAUSE,), AGREED, "The contribution agreement is in force."))
    return dict(moved)


def run_again(*, by: Actor, rows: Sequence[int], causes: Sequence[str], reason: str) -> dict[str, int]:
    """Put these rows back on their way where they are held for one of these causes; images by where they went.

    What they were held for has changed, so the same cause does not keep them: they are looked at again.
    """
    found = LedgerRow.objects.filter(pk__in=rows, disposition=Disposition.HELD, cause__in=causes)
    return reroute(by, found, causes, BY_RULE, reason)


def reroute(
    by: Actor, rows: QuerySet[LedgerRow], causes: Sequence[str], action: str, reason: str
) -> dict[str, int]:  # fmt: skip
    """Route these rows again, as far as they are still where they are for one of these causes."""
    router = Router()
    found = rows.select_related("arrival", "enrolment")
    planned = {row.pk: change for row in found if (change := routed(row, router.placed(row))) is not None}
    if not planned:
        return {}
    decision = Decision(action=action, reason=reason, by=by.name, at=timezone.now())
    return dict(carry_out(by, decision, planned, causes).counts)
