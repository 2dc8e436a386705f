"""What intake tells the pages that span rooms: work to do, figures, a scan's first steps, search."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from django.db.models import Count, Exists, Max, Min, OuterRef, Q
from django.urls import reverse
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core import following
from isocentre.core.actor import Actor
from isocentre.core.hooks import Change, Figure, NavItem, ScanCard, Step, Tally, Trace, WorkItem
from isocentre.rooms.intake import (
    causes,
    charter_words,
    decisions,
    held,
    life_steps,
    opting_out,
    recall_words,
    recalling,
    reconciling,
    refusals,
    subject_ids,
    times,
    viewing,
    visits,
)
from isocentre.rooms.intake.identities import words as number_words
from isocentre.rooms.intake.models import Decision, Disposition, LedgerRow, RefusedPeer
from isocentre.rooms.intake.pull import life as pull_life
from isocentre.rooms.intake.pull import waiting as pull_waiting
from isocentre.rooms.intake.scans import rows_of
from isocentre.rooms.intake.scans import scan as find_scan
from isocentre.rooms.intake.searching import HITS, search
from isocentre.rooms.intake.supporting import identifiers, support
from isocentre.web import formats

MENU = (
    ("arrivals_view", "Arrivals", "intake:arrivals", 10, "a"),
    ("held_view", "Unassigned", "intake:unassigned", 15, "u"),
    ("pulls_view", "Fetching", "intake:pulls", 20, "q"),
    ("enrolment_view", "Enrolment", "intake:enrolment", 30, "p"),
    ("enrolment_view", "Visits", "intake:visits", 35, "c"),
    ("ledger_view", "Ledger", "intake:ledger", 50, "l"),
    ("identities_decide", "Patient numbers", "intake:numbers", 53, "n"),
    ("scans_recall", "Taken back", "intake:recalls", 55, "b"),
    ("peers_manage", "Senders", "intake:senders", 60, "s"),
)
__all__ = [
    "backlog", "changes", "figures", "identifiers", "life", "navigation", "scan", "search", "support", "tallies",
    "traces", "worklist",
]  # fmt: skip


def navigation(actor: Actor) -> list[NavItem]:
    """The lists this actor may open."""
    return [
        NavItem(text, reverse(name), order, key) for permission, text, name, order, key in MENU if actor.may(permission)
    ]


def worklist(actor: Actor) -> list[WorkItem]:
    """Held scans by cause, senders refused, people enrolled without a scan."""
    items = []
    if actor.may("held_act"):
        for one in held.held_by_cause(by=actor):
            if one.cause == following.AWAITS:
                continue  # nobody can do anything but wait
            words = formats.lower_first(causes.cause(one.cause).title)
            text = f"{'scan' if one.scans == 1 else 'scans'} held: {words}"
            url = reverse("deid:held_cause", args=[one.cause])
            if one.cause == "two_visits":  # trying again would find the same two
                url = f"{reverse('intake:unassigned')}?cause={one.cause}"
            items.append(WorkItem(one.scans, text, url, one.oldest))
        items.append(_expiring(actor))
    if actor.may(subject_ids.ACCEPT) or actor.may(subject_ids.GIVE):
        found = subject_ids.open_ones(actor).aggregate(n=Count("pk"), oldest=Min("enrolled_at"))
        text = f"{'subject id' if found['n'] == 1 else 'subject ids'} that may tell who the person is"
        items.append(WorkItem(found["n"], text, reverse("intake:subject_ids"), found["oldest"]))
    items += charter_words.worklist(actor)
    if actor.may("peers_manage"):
        refused = RefusedPeer.objects.aggregate(n=Count("pk"), oldest=Min("last_at"))
        text = f"unknown {'sender' if refused['n'] == 1 else 'senders'} refused"
        items.append(WorkItem(refused["n"], text, reverse("intake:senders_refused"), refused["oldest"]))
        of_senders = refusals.told()
        text = f"{'object' if of_senders.objects == 1 else 'objects'} refused of admitted senders and imports"
        items.append(WorkItem(of_senders.objects, text, reverse("intake:refused_objects"), of_senders.first_at))
    items += [*pull_waiting.to_do(actor), *recall_words.worklist(actor), *number_words.worklist(actor), *_visits(actor)]
    if actor.may("enrolment_edit"):
        # Under section 251 support a missing scan may be an opt-out, which is nobody's to chase.
        waiting = viewing.enrolments(actor).exclude(research_study__in=opting_out.under_section_251())
        waiting = waiting.filter(status="active", day_zero__lte=timezone.localdate())
        waiting = waiting.exclude(Exists(LedgerRow.objects.filter(enrolment=OuterRef("pk")).exclude(recalling.OUT)))
        found = waiting.aggregate(n=Count("pk"), oldest=Min("enrolled_at"))
        text = f"{'person' if found['n'] == 1 else 'people'} enrolled, past day 0, without a scan"
        items.append(WorkItem(found["n"], text, f"{reverse('intake:enrolment')}?scans=none", found["oldest"]))
    return [item for item in items if item.count]


def _expiring(actor: Actor) -> WorkItem:
    """Scans that are rejected, and then erased, within days unless somebody decides about them."""
    soon = times.expiring(times.times().held_days - times.WARNED, timezone.now())
    rows = viewing.visible(actor).filter(soon)
    oldest = rows.aggregate(at=Min("decided_at"))["at"]
    scans = rows.order_by().values("research_study", "study_uid").distinct().count()
    words = (
        f"held {'scan is' if scans == 1 else 'scans are'} rejected within {times.WARNED} days unless somebody decides"
    )
    return WorkItem(scans, words, reverse("deid:held"), oldest)


def _visits(actor: Actor) -> list[WorkItem]:
    """Planned imaging that is due now, and what was missed in the last month."""
    if not (actor.may("enrolment_edit") and actor.may("enrolment_view")):
        return []
    due, missed = visits.to_do(actor)
    url, since = reverse("intake:visits"), timezone.localdate() - visits.MISSED
    return [
        WorkItem(len(due), f"{'visit' if len(due) == 1 else 'visits'} due now", f"{url}?state=due", _start(due)),
        WorkItem(len(missed), f"{'visit' if len(missed) == 1 else 'visits'} missed in the last month",
                 f"{url}?state=overdue&from={since:%Y-%m-%d}", _start(missed)),
    ]  # fmt: skip


def _start(found: Sequence[visits.Due]) -> datetime | None:
    """The start of the first day on which one of them was due."""
    first = min((one.first for one in found), default=None)
    return timezone.make_aware(datetime.combine(first, time())) if first else None


def figures(actor: Actor) -> list[Figure]:
    """When the last scan was sent on, images received today, senders admitted."""
    if not actor.may("arrivals_view"):
        return []
    rows = viewing.visible(actor)
    last = rows.filter(disposition=Disposition.SENT_ON).aggregate(at=Max("sent_at"))["at"]
    today = rows.filter(first_day=timezone.localdate())
    url = reverse("intake:arrivals")
    scans = today.order_by().values("research_study", "study_uid").distinct().count()
    return [
        Figure(formats.ago(last) or "Not yet", "last scan sent on", f"{url}?disposition=sent_on"),
        Figure(formats.plural(scans, "scan"), "received today", f"{url}?day={timezone.localdate():%Y-%m-%d}",
               formats.plural(today.count(), "image")),
        *charter_words.figures(actor),
        *_reconciled(actor),
    ]  # fmt: skip


def _reconciled(actor: Actor) -> list[Figure]:
    """How much of what arrived since yesterday is where it should be, for those who look after the senders."""
    if not (actor.may("peers_manage") and actor.may("ledger_view")):
        return []
    days = reconciling.since_yesterday()
    n = reconciling.totals(reconciling.by_day(actor, days))
    url, label = reverse("intake:reconciliation"), "images since yesterday confirmed as stored nationally"
    if not n["received"]:
        return [Figure("None", "images arrived today or yesterday", url)]
    told = [f"{formats.number(n[key])} {words.lower()}" for key, words in reconciling.PARTS[1:] if n[key]]
    return [Figure(f"{formats.number(n['stored'])} of {formats.number(n['received'])}", label, url, ", ".join(told))]


def tallies(actor: Actor) -> list[Tally]:
    """Images received and sent on, and, for those who act on them, images held."""
    if not actor.may("arrivals_view"):
        return []
    rows = viewing.visible(actor)
    sent, held_now = Q(disposition=Disposition.SENT_ON), Q(disposition=Disposition.HELD)
    n = rows.aggregate(all=Count("pk"), sent=Count("pk", filter=sent), held=Count("pk", filter=held_now))
    url = reverse("intake:arrivals")
    return [
        Tally("intake.received", n["all"], "image received", "images received", url),
        Tally("intake.sent_on", n["sent"], "image sent on", "images sent on", f"{url}?disposition=sent_on"),
        Tally("intake.held", n["held"], "more image held", "more images held", f"{url}?disposition=held"),
    ]


def changes(actor: Actor) -> list[Change]:
    """What people decided about held scans in the last two days."""
    if not actor.may("held_view"):
        return []
    recent = Decision.objects.filter(at__gte=timezone.now() - timedelta(days=2)).order_by("-at")
    recent = recent.exclude(action=decisions.FOLLOWED)  # of nearly every scan
    ids = viewing.visible(actor)
    shown = []
    for one in recent[:HITS]:
        rows = [pk for group in one.was["before"] for pk in group["rows"]][:1]
        if ids.filter(pk__in=rows).exists():
            shown.append(Change(life_steps.decided(one), reverse("deid:held"), one.at))
    return shown


def life(actor: Actor, key: str) -> list[Step]:
    """Received, and its research study found or not; `key` is the id of any of the scan's rows."""
    if not (actor.may("arrivals_view") or actor.may("held_view")):
        return []
    found = find_scan(by=actor, key=key)
    if found is None:
        return []
    if found.gone:
        return [life_steps.received(found), *recall_words.steps(found)]
    # What was taken back before it was put right, or of a part of it: `assemble` puts each where it belongs.
    before = [*recall_words.steps(found), *pull_life.steps(actor, found)]
    return [*before, life_steps.received(found), life_steps.assigned(found), *charter_words.steps(found)]


def scan(actor: Actor, key: str) -> ScanCard | None:
    """What the scan is, with the person it shows: this side works with real people."""
    if not (actor.may("arrivals_view") or actor.may("held_view")):
        return None
    found = find_scan(by=actor, key=key)
    if found is None:
        return None
    audit.record_read(by=actor, action="scan_viewed", object_type="scan", object_id=found.key)
    return life_steps.card(found, actor)


def traces(actor: Actor, key: str) -> list[Trace]:
    """Looks at the scan and judgements by any of its rows, and the decisions that moved one of them last."""
    if not (actor.may("arrivals_view") or actor.may("held_view")):
        return []
    found = find_scan(by=actor, key=key)
    if found is None:
        return []
    rows = dict(rows_of(actor, found).values_list("pk", "decided_at"))
    decisions = Decision.objects.filter(at__in=set(filter(None, rows.values()))).order_by("pk")[:HITS]
    mine = [one.pk for one in decisions if any(pk in rows for group in one.was["before"] for pk in group["rows"])]
    return [*(Trace("scan", str(pk)) for pk in rows), *(Trace("decision", str(pk)) for pk in mine)]


def backlog() -> list[Figure]:
    """What waits here, in counts."""
    rows = LedgerRow.objects.aggregate(
        pending=Count("pk", filter=Q(disposition=Disposition.PENDING)),
        held=Count("pk", filter=Q(disposition=Disposition.HELD)),
    )
    return [
        Figure(formats.number(rows["pending"]), "images on their way"),
        Figure(formats.number(rows["held"]), "images held"),
    ]
