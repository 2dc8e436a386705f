"""Findings of held scans, for people to decide: gathered from held rows, places of text looked for by a worker."""

from __future__ import annotations

import mmap
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from isocentre.core.actor import ANY, SYSTEM, Actor
from isocentre.core.deid.pixels.clean import PixelCleaner
from isocentre.core.deid.reviewed import Alike, alike
from isocentre.core.deid.rules import Held
from isocentre.core.dicom.header import Header, read_header
from isocentre.core.dicom.walk import MalformedDicom
from isocentre.core.ports import NoPicture, NoReader
from isocentre.jobs import claims
from isocentre.rooms.deid import door, ruling
from isocentre.rooms.deid.models import Finding, FindingImage, Rule
from isocentre.rooms.intake import door as intake

PICTURE_CAUSES = ("ultrasound", "secondary_capture", "burned_in", "pixel_text")
"""Why a picture is held so that a person may decide about places in it."""
CANARY = "canary"
ONCE = 100
MOST_FRAMES = 12
"""Frames of a film in which text is looked for, spread evenly: a reader takes about a second for each."""
RERUN = 200


def gather(worker: str) -> int:
    """Make findings of held images that have none yet, and close those of which nothing is held any more."""
    held = intake.LedgerRow.objects.filter(
        disposition=intake.Disposition.HELD, cause__in=PICTURE_CAUSES, arrival__erased_at=None
    ).exclude(research_study=CANARY)  # fmt: skip
    known = FindingImage.objects.filter(row=OuterRef("pk"), cause=OuterRef("cause"))
    rows = list(held.filter(~Exists(known)).select_related("arrival").order_by("pk")[:ONCE])
    made = sum(_gathered(row) for row in rows)
    return made + _close()


def _gathered(row: Any) -> int:
    try:
        with opened(row) as header:
            like = alike(header)
    except (OSError, ValueError, MalformedDicom):  # it cannot be looked at; it stays on the page of held scans
        like = Alike(row.arrival.sop_class_uid, "", "", 0, 0)
    digest = ruling.digest(like)
    values = {
        "site": row.site, "what": "picture", "sop_class": like.sop_class, "manufacturer": like.manufacturer[:64],
        "model": like.model[:64], "rows": like.rows, "columns": like.columns, "row": row.pk, "words": row.words,
        "first_at": row.decided_at or timezone.now(),
    }  # fmt: skip
    with transaction.atomic():
        FindingImage.objects.filter(row=row.pk).delete()
        seen = Finding.objects.filter(like=digest, state="open").exclude(look="later").exists()
        look = "later" if seen else "waiting"
        one, new = Finding.objects.get_or_create(
            research_study=row.research_study, study_uid=row.study_uid, cause=row.cause, like=digest,
            defaults=values | {"look": look},
        )  # fmt: skip
        if not new and one.state != "open":
            # It was decided about before, and images like it are held again.
            again = {**ruling.REOPENED, "images": 0, "look": look, "boxes": []}
            Finding.objects.filter(pk=one.pk).update(**values, **again)
        FindingImage.objects.create(finding=one, row=row.pk, cause=row.cause)
        Finding.objects.filter(pk=one.pk).update(images=F("images") + 1)
    return 1


def _close() -> int:
    """Findings of pictures of which no image is held any more (decided elsewhere, expired, erased) are gone."""
    held = intake.LedgerRow.objects.filter(
        pk=OuterRef("row"), disposition=intake.Disposition.HELD, cause=OuterRef("cause")
    )
    stale = FindingImage.objects.filter(~Exists(held), finding__state="open")[: 5 * ONCE]
    images = list(stale.values_list("pk", "finding"))
    if not images:
        return 0
    with transaction.atomic():
        FindingImage.objects.filter(pk__in=[pk for pk, _ in images]).delete()
        for pk, count in Counter(finding for _, finding in images).items():
            Finding.objects.filter(pk=pk).update(images=F("images") - count)
        empty = Finding.objects.filter(pk__in={pk for _, pk in images}, state="open", images__lte=0)
        empty.update(state="gone", images=0)
    return len(images)


@contextmanager
def opened(row: Any) -> Iterator[Header]:
    """The header of a row's original, its picture at hand; OSError or ValueError when it is not there."""
    path = intake.quarantine() / row.arrival.path
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as buffer:
        yield read_header(buffer)


def known_of(row: Any) -> tuple[str, ...]:
    """What is known of the patient of a row."""
    facts = row.arrival.facts
    found = {facts.get(name, "") for name in ("patient_id", "patient_name", "accession", "birth_date")}
    if row.enrolment is not None:
        person = row.enrolment.person
        found |= {person.hospital_number, person.nhs_number, person.name}
    return tuple(sorted(one for one in found if one))


def rows_of(one: Finding) -> QuerySet[Any]:
    """Held rows a finding is about, the first it is shown by."""
    held = FindingImage.objects.filter(finding=one).values("row")
    rows = intake.LedgerRow.objects.filter(pk__in=held, disposition=intake.Disposition.HELD, cause=one.cause)
    return rows.select_related("arrival", "enrolment__person").order_by("pk")


def look(worker: str) -> int:
    """Look for text in the picture of one finding: one that a person waits for first. Returns 1 when one was."""
    due = Finding.objects.filter(state="open", look__in=("waiting", "wanted")).order_by("-look", "pk")
    cleaner = door.pixels()
    for one in claims.claim(due, worker=worker, limit=1) if cleaner else ():
        with claims.held(Finding, [one.pk], worker=worker):
            found = _looked(one, cleaner) if cleaner and one.attempts <= claims.MAX_ATTEMPTS else None
        free: dict[str, Any] = {"claimed_by": "", "lease_until": None, "attempts": 0}
        told = {"look": "failed"} if found is None else {"look": "done", "boxes": found}
        Finding.objects.filter(pk=one.pk, claimed_by=worker).update(**free, **told)
        return 1
    return 0


def _looked(one: Finding, cleaner: PixelCleaner) -> list[list[Any]] | None:
    row = rows_of(one).first()
    if row is None:
        return None
    try:
        with opened(row) as header:
            rules = ruling.in_force().of_picture(header)
            seen = cleaner.look(header, known_of(row), rules, MOST_FRAMES)
    except (OSError, ValueError, MalformedDicom, NoPicture, NoReader, Held):
        return None
    return [[place.frame, *place.box, place.why] for place in seen[:200]]


def visible(by: Actor) -> QuerySet[Finding]:
    """Findings in the actor's scope, as held rows are (`intake.viewing`)."""
    intake.require(by, "held_view")
    rows = Finding.objects.all()
    if (ANY, ANY) in by.scope.pairs:
        return rows
    where = Q(pk__in=[])
    for slug, site in by.scope.pairs:
        one = Q() if slug == ANY else Q(research_study=slug)
        where |= one if site == ANY else one & Q(site__in=("", site))
    return rows.filter(where)


@dataclass(frozen=True, slots=True)
class Group:
    """Open findings of one cause: how many, images, since when the oldest waits."""

    cause: str
    findings: int
    images: int
    oldest: datetime | None


def by_cause(by: Actor) -> list[Group]:
    """Open findings by cause, the oldest first."""
    rows = visible(by).filter(state="open").values("cause").order_by()
    counted = rows.annotate(n=Count("pk"), all=Sum("images"), since=Min("first_at"))
    groups = [Group(one["cause"], one["n"], one["all"] or 0, one["since"]) for one in counted]
    return sorted(groups, key=lambda one: (one.oldest is None, one.oldest and one.oldest.timestamp(), one.cause))


def want(one: Finding) -> None:
    """A person looks at it: its text is looked for before that of others."""
    Finding.objects.filter(pk=one.pk, look__in=("waiting", "later")).update(look="wanted")


def alike_open(one: Finding) -> tuple[int, int]:
    """(findings, images) that are open and like it, itself among them."""
    found = Finding.objects.filter(like=one.like, state="open").aggregate(n=Count("pk"), all=Sum("images"))
    return found["n"], found["all"] or 0


def run_again(worker: str) -> int:
    """Put held images that a new rule is about back on their way, some at a time; returns how many were looked at.

    Only those that were held when it began: what is held again under the rule is not run for ever.
    """
    rule = Rule.objects.filter(rerun="waiting").order_by("changed_at", "pk").first()
    if rule is None:
        return 0
    mine = FindingImage.objects.filter(finding__like=rule.like, finding__what="picture").order_by("pk")
    if rule.scan:
        mine = mine.filter(finding__study_uid=rule.scan)
    if not rule.rerun_to:
        last = mine.last()
        rule.rerun_to = last.pk if last else 0
        Rule.objects.filter(pk=rule.pk).update(rerun_to=rule.rerun_to)
    images = list(mine.filter(pk__lte=rule.rerun_to).values_list("pk", "row", "finding")[:RERUN])
    if not images:
        Rule.objects.filter(pk=rule.pk).update(rerun="", rerun_to=0)
        return 1
    rows = [row for _, row, _ in images]
    name = f"{rule.code} v{rule.version}"
    intake.run_again(by=SYSTEM, rows=rows, causes=PICTURE_CAUSES, reason=f"Rule {name} came into force.")
    with transaction.atomic():
        FindingImage.objects.filter(pk__in=[pk for pk, _, _ in images]).delete()
        for pk, count in Counter(finding for _, _, finding in images).items():
            Finding.objects.filter(pk=pk).update(images=F("images") - count)
        done = Finding.objects.filter(pk__in={pk for _, _, pk in images}, images__lte=0)
        now = timezone.now()
        done.filter(state="open").update(state="decided", decision="rule", rule=rule, decided_at=now, images=0)
    return len(images)
