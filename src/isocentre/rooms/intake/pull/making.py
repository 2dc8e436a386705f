"""What people do with fetching: set a PACS and its limits, make a list, start, pause, choose, end."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Avg, Case, Count, QuerySet, Sum, When
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.checks import Checks, Unfit
from isocentre.core.pull import limits as rules
from isocentre.core.pull.lines import Asked
from isocentre.core.pull.match import NEARLINE
from isocentre.jobs import wake
from isocentre.rooms.intake import accessions, peers, viewing
from isocentre.rooms.intake.models import CANARY, Arrival
from isocentre.rooms.intake.pull import asking
from isocentre.rooms.intake.pull.rows import PacsNode, Pull, PullLine, PullSeries

MOST_LINES = 100_000
PART = 100
"""Rows that are written at once."""
SEEN = 5_000
"""Newest arrivals that tell how large an image is: a list of them all would be read for each look at a page."""
MANAGE, MAKE = "pacs_manage", "pulls_make"
NODE = (
    "host",
    "port",
    "ae_title",
    "calling_ae",
    "destination",
    "site",
    "from_hour",
    "to_hour",
    "at_once",
    "images_a_minute",
    "way",
    "web",
)


def set_node(*, by: Actor, name: str, **wanted: Any) -> PacsNode:
    """Add a PACS, or change one: its address, AE titles, way and limits. One that sends to us (C-MOVE) is admitted as a
    sender by the same title, `site` for its scans of scanners that are not on the list.

    Audited with what changed; safe to repeat.
    """
    viewing.require(by, MANAGE)
    with transaction.atomic():
        before = PacsNode.objects.filter(name=name).values(*NODE).first() or {}
        node, _ = PacsNode.objects.update_or_create(name=name, defaults=wanted)
        changed = {key: value for key, value in wanted.items() if before.get(key) != value}
        if changed:
            action = "pacs_changed" if before else "pacs_added"
            audit.record(by=by, entries=[audit.Entry(action, "pacs", str(node.pk), changed)])
    if node.way == PacsNode.MOVE and _is_address(node.host):
        peers.admit_peer(by=by, calling_ae=node.ae_title, address=node.host, name=name, site=node.site)
    return node


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def pause(*, by: Actor, node: int, why: str) -> None:
    """Ask this PACS nothing more until somebody resumes; what it is sending now comes to its end. Audited."""
    viewing.require(by, MANAGE)
    checks = Checks()
    checks.filled("why", why, "Say why, in a few words")
    checks.nobody("why", why)
    checks.done()
    _set_paused(by, node, True, why)


def resume(*, by: Actor, node: int) -> None:
    """Ask again. Audited."""
    viewing.require(by, MANAGE)
    _set_paused(by, node, False, "")


def _set_paused(by: Actor, node: int, paused: bool, why: str) -> None:
    with transaction.atomic():
        if PacsNode.objects.filter(pk=node, paused=not paused).update(paused=paused, paused_why=why):
            action = "pacs_paused" if paused else "pacs_resumed"
            audit.record(by=by, entries=[audit.Entry(action, "pacs", str(node), reason=why)])
    wake.wake()


def make(
    *, by: Actor, research_study: str, pacs: int, name: str, asked: Sequence[tuple[int, Asked]],
    rule: Mapping[str, Any] | None = None,
) -> Pull:  # fmt: skip
    """A list of scans to fetch, `asked` with the number of each line. The PACS is then asked about each of them;
    nothing is fetched before somebody starts it. Audited. Unfit with words by field."""
    viewing.require(by, MAKE)
    checks = Checks()
    fits = research_study in [slug for slug, _ in viewing.accepted(by)]
    checks.that(fits, "research_study", "Choose the research study the scans are for")
    checks.that(PacsNode.objects.filter(pk=pacs).exists(), "pacs", "Choose the PACS they are in")
    checks.filled("name", name, "Give the list a name people know it by", most=80)
    checks.nobody("name", name)
    checks.that(bool(asked), "list", "The list names no scan")
    checks.that(len(asked) <= MOST_LINES, "list", f"A list has at most {MOST_LINES:,} lines. Make several")
    checks.done()
    pull = Pull.objects.create(research_study=research_study, pacs_id=pacs, name=name, rule=dict(rule or {}),
                               state=Pull.MAKING, made_by=by.name, made_at=timezone.now())  # fmt: skip
    # In parts, each of a few milliseconds: 100,000 lines at once would hold up every receiver for half a minute.
    for at in range(0, len(asked), PART):
        rows = [
            PullLine(pull=pull, number=number, accession=one.accession, study_uid=one.study_uid,
                     patient_id=one.patient_id, first_day=one.first_day, last_day=one.last_day,
                     modalities=",".join(one.modalities)[:64])
            for number, one in asked[at : at + PART]
        ]  # fmt: skip
        PullLine.objects.bulk_create(rows)
    with transaction.atomic():
        Pull.objects.filter(pk=pull.pk, state=Pull.MAKING).update(state=Pull.ASKING)
        detail = {"lines": len(asked), "research_study": research_study, "rule": dict(rule or {})}
        audit.record(by=by, entries=[audit.Entry("pull_made", "pull", str(pull.pk), detail)])
    wake.wake()
    pull.refresh_from_db()
    return pull


def found(by: Actor, pk: int) -> Pull | None:
    """One list in the actor's scope."""
    return visible(by).filter(pk=pk).first()


def visible(by: Actor) -> QuerySet[Pull]:
    """Lists in the actor's scope: of their research studies, from the PACS of their sites or of no site."""
    return Pull.objects.select_related("pacs").filter(viewing.within(by, "pacs__site"))


def start(*, by: Actor, pull: Pull) -> int:
    """Fetch what was found, within the limits of the PACS; returns how many series wait. Audited, safe to repeat."""
    viewing.require(by, MAKE)
    # What the hospital asks for by its accession number it names for the research study.
    named = pull.lines.exclude(accession="").values_list("accession", flat=True).distinct()
    if pull.state not in (Pull.FETCHING, Pull.CANCELLED):
        numbers = [(number, "") for number in named]
        accessions.keep(by=by, research_study=pull.research_study, named=numbers, source=accessions.FETCHING)
    while len(ids := list(pull.series.filter(state=PullSeries.LISTED).values_list("pk", flat=True)[:PART])) == PART:
        # Of a long list in parts; what waits is not fetched before the list is.
        PullSeries.objects.filter(pk__in=ids, state=PullSeries.LISTED).update(state=PullSeries.WAITING)
    with transaction.atomic():
        begun = Pull.objects.filter(pk=pull.pk, state__in=(Pull.ASKING, Pull.READY, Pull.DONE))
        if begun.update(state=Pull.FETCHING, started_at=timezone.now(), ended_at=None):
            pull.series.filter(state=PullSeries.LISTED).update(state=PullSeries.WAITING)
            waiting = pull.series.filter(state=PullSeries.WAITING).count()
            audit.record(by=by, entries=[audit.Entry("pull_started", "pull", str(pull.pk), {"series": waiting})])
            asking.settle(pull)
    wake.wake()
    return pull.series.filter(state=PullSeries.WAITING).count()


def end(*, by: Actor, pull: Pull, reason: str) -> None:
    """Fetch nothing more of the list; what came stays. Audited."""
    viewing.require(by, MAKE)
    checks = Checks()
    checks.filled("reason", reason, "Say why, in a few words", most=300)
    checks.nobody("reason", reason)
    checks.done()
    with transaction.atomic():
        going = Pull.objects.filter(pk=pull.pk).exclude(state__in=(Pull.DONE, Pull.CANCELLED))
        if going.update(state=Pull.CANCELLED, ended_at=timezone.now()):
            audit.record(by=by, entries=[audit.Entry("pull_ended", "pull", str(pull.pk), reason=reason)])


def choose(*, by: Actor, line: PullLine, study_uids: Sequence[str]) -> None:
    """Say which of several scans a line means: each becomes a line of its own, asked about by its UID. Audited.

    None of them: the line is left out. Unfit for what the PACS did not name.
    """
    viewing.require(by, MAKE)
    if unknown := set(study_uids) - {one["study_uid"] for one in line.found}:
        raise Unfit({"chosen": f"{len(unknown)} of them were not among what the PACS answered"})
    with transaction.atomic():
        mine = PullLine.objects.filter(pk=line.pk, state=PullLine.SEVERAL)
        words = "" if study_uids else "Left out by a person."
        state = PullLine.LEFT if not study_uids else PullLine.WAITING
        first, *others = study_uids or [""]
        if not mine.update(state=state, words=words, study_uid=first, attempts=0, not_before=None):
            return
        last = line.pull.lines.order_by("-number").values_list("number", flat=True)[0]
        PullLine.objects.bulk_create(
            [
                PullLine(pull=line.pull, number=last + at, study_uid=uid, patient_id=line.patient_id)
                for at, uid in enumerate(others, 1)
            ]
        )
        # What was started goes on with what is chosen now; what was not is asked about, and waits for that.
        going = Pull.objects.filter(pk=line.pull_id, state__in=(Pull.READY, Pull.DONE))
        going.update(state=Pull.FETCHING if line.pull.started_at else Pull.ASKING, ended_at=None)
        detail = {"line": line.number, "chosen": len(study_uids)}
        audit.record(by=by, entries=[audit.Entry("pull_chosen", "pull", str(line.pull_id), detail)])
        asking.settle(line.pull)
    wake.wake()


def ask_again(*, by: Actor, pull: Pull) -> int:
    """Ask once more about lines without an answer, and for series that came short; returns how many. Audited."""
    viewing.require(by, MAKE)
    with transaction.atomic():
        lines = asking.again(pull)
        short = pull.series.filter(state=PullSeries.SHORT)
        series = short.update(state=PullSeries.WAITING, asked_times=0, attempts=0, not_before=None, words="")
        if lines or series:
            state = Pull.ASKING if pull.started_at is None else Pull.FETCHING
            Pull.objects.filter(pk=pull.pk).update(state=state, ended_at=None)
            detail = {"lines": lines, "series": series}
            audit.record(by=by, entries=[audit.Entry("pull_asked_again", "pull", str(pull.pk), detail)])
    wake.wake()
    return lines + series


def estimate(pull: Pull) -> rules.Estimate:
    """What fetching the list would be, from what the PACS said."""
    series = pull.series.exclude(state=PullSeries.LEFT)
    images = Sum(Case(When(expected__gt=0, then="expected"), default=1))
    wanted = list(series.order_by().values_list("modality").annotate(series=Count("pk"), images=images))
    scans = series.values("study_uid").distinct().count()
    away = series.filter(availability__in=NEARLINE).values("study_uid").distinct().count()
    seen = {modality: mean for modality, _, _ in wanted if (mean := _seen(modality))}
    return rules.estimate(pull.pacs.limits, wanted, scans=scans, nearline=away, seen=seen)


def _seen(modality: str) -> float:
    """Bytes an image of this modality had on average, of the newest that came here; 0 where none did."""
    last = Arrival.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    newest = Arrival.objects.filter(pk__gt=last - SEEN, facts__modality=modality).exclude(peer=CANARY)
    return float(newest.aggregate(mean=Avg("size"))["mean"] or 0)
