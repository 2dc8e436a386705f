"""Findings of held scans, for people to decide: gathered from held rows, places of text looked for by a worker."""

from __future__ import annotations

import mmap
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import OperationalError, transaction
from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet, Sum
from django.utils import timezone

from isocentre.core.actor import ANY, SYSTEM, Actor
from isocentre.core.deid import facts as told
from isocentre.core.deid import recheck
from isocentre.core.deid.pixels.clean import PixelCleaner
from isocentre.core.deid.reviewed import Alike, alike, inside
from isocentre.core.deid.rules import Held
from isocentre.core.dicom.header import Header, read_header
from isocentre.core.dicom.walk import MalformedDicom
from isocentre.core.ports import NoPicture, NoReader
from isocentre.jobs import claims, loop
from isocentre.rooms.deid import door, pictures, ruling
from isocentre.rooms.deid.models import Finding, FindingImage, Rule
from isocentre.rooms.intake import door as intake

PICTURE_CAUSES = ("ultrasound", "secondary_capture", "burned_in", "pixel_text")
"""Why a picture is held so that a person may decide about places in it."""
HELD_CAUSES = (*PICTURE_CAUSES, "second_check")
TEXT = "text_cleaned"
"""Of a text that was cleaned: it lost nothing but words that are in no list."""
log = structlog.get_logger()
_PLACE = re.compile(r"at \(([0-9A-F]{4}),([0-9A-F]{4})\)")
CANARY = "canary"
SEEN = "seen"
UNREAD = "Its original could not be read here."
ONCE = 100
MOST_FRAMES = 12
"""Frames of a film in which text is looked for, spread evenly: a reader takes about a second for each."""
RERUN = 100
"""Held images that are put back on their way at once: the ledger is locked meanwhile, and a receiver waits."""


def gather(worker: str) -> int:
    """Make findings of held images that have none yet, and close those of which nothing is held any more."""
    held = intake.LedgerRow.objects.filter(
        disposition=intake.Disposition.HELD, cause__in=HELD_CAUSES, arrival__erased_at=None
    ).exclude(research_study=CANARY)  # fmt: skip
    known = FindingImage.objects.filter(row=OuterRef("pk"), cause=OuterRef("cause"))
    rows = list(held.filter(~Exists(known)).select_related("arrival").order_by("pk")[:ONCE])
    made = sum(_each(row) for row in rows)
    old = timezone.now() - timedelta(days=intake.times.times().held_days)
    # They may name somebody, and this side is no archive: one that nobody decided about is forgotten.
    Finding.objects.filter(cause=TEXT, state="open", first_at__lt=old).delete()
    return made + pictures.tell() + _close()


def likeness(row: Any) -> Alike:
    """What the picture of a row is like; only of its kind when its original cannot be read."""
    try:
        with opened(row) as header:
            return alike(header)
    except (OSError, ValueError, MalformedDicom):
        return _of_its_kind(row)


def _of_its_kind(row: Any) -> Alike:
    return Alike(row.arrival.sop_class_uid, "", "", 0, 0)


def _each(row: Any) -> int:
    """One finding, if need be of what is known without its original: a row that fails stops no other."""
    try:
        return _gathered(row, _text_of(row) if row.cause == "second_check" else _picture_of(row))
    except OperationalError:
        raise  # the database is busy, which is no fault of the row
    except Exception as error:  # noqa: BLE001 - logged by kind and place, and shown
        return _unread(row, error)


def _unread(row: Any, error: Exception) -> int:
    """A finding that shows a person that the image is held, and says that nothing in it could be looked at."""
    log.error("finding_unread", row=row.pk, error=type(error).__name__, where=loop.where(error))
    if row.cause == "second_check":
        values = {"like": ruling.digest((0, row.words)), "what": "header"}
    else:
        like = _of_its_kind(row)
        values = {"like": ruling.digest(like), "what": "picture", "sop_class": like.sop_class, "look": "failed"}
    try:
        return _gathered(row, values, f"{UNREAD} {row.words}"[:300])
    except OperationalError:
        raise
    except Exception as again:  # noqa: BLE001 - logged by kind and place; it is tried again with the next ones
        log.error("finding_failed", row=row.pk, error=type(again).__name__, where=loop.where(again))
        return 0


def _gathered(row: Any, values: dict[str, Any], words: str = "") -> int:
    digest = values.pop("like")
    words = words or row.words
    values |= {"site": row.site, "row": row.pk, "words": words, "first_at": row.decided_at or timezone.now()}
    with transaction.atomic():
        FindingImage.objects.filter(row=row.pk).delete()
        one, new = Finding.objects.get_or_create(
            research_study=row.research_study, study_uid=row.study_uid, cause=row.cause, like=digest, defaults=values
        )  # fmt: skip
        if not new and one.state != "open":
            # It was decided about before, and images like it are held again.
            again = {**ruling.REOPENED, "images": 0, "boxes": []}
            Finding.objects.filter(pk=one.pk).update(**values, **again)
        FindingImage.objects.create(finding=one, row=row.pk, cause=row.cause)
        Finding.objects.filter(pk=one.pk).update(images=F("images") + 1)
    return 1


def _picture_of(row: Any) -> dict[str, Any]:
    """What a finding says of a held picture; one of each likeness is looked at without being asked for."""
    like = likeness(row)
    digest = ruling.digest(like)
    seen = Finding.objects.filter(like=digest, state="open").exclude(look="later").exists()
    return {
        "like": digest, "what": "picture", "sop_class": like.sop_class, "manufacturer": like.manufacturer[:64],
        "model": like.model[:64], "rows": like.rows, "columns": like.columns, "look": "later" if seen else "waiting",
    }  # fmt: skip


def _text_of(row: Any) -> dict[str, Any]:
    """Where the second check found something, and what stands there; no text where its place is not known."""
    from isocentre.rooms.deid import trying  # it works with what `work` does, which works with this

    place = _PLACE.search(row.words)
    tag = int(place[1] + place[2], 16) if place else 0
    made = trying.attempt_pinned(row)
    said = [line.new for line, _ in made.lines if line.tag == tag and line.new]
    # An object may have the attribute many times: the one that was found is shown.
    phrase = left = next((one for one in said if recheck.tells(tag, one, made.known)), said[0] if said else "")[:1024]
    return {
        "like": ruling.digest((tag, phrase or row.words)), "what": "header", "tag": tag if phrase else 0,
        "phrase": phrase, "left": left,
    }  # fmt: skip


def texts_cleaned(texts: Iterable[tuple[Any, dict[tuple[int, str], str]]]) -> int:
    """Note texts of images that were sent on which lost nothing but words of no list; one a research study and text."""
    counted: Counter[tuple[str, str, int, str, str]] = Counter()
    rows: dict[tuple[str, str, int, str, str], int] = {}
    for row, lost in texts:
        for (tag, before), after in lost.items():
            if row.research_study != CANARY and 0 < len(before) <= 1024:
                key = (row.research_study, row.site, tag, before, after[:1024])
                counted[key] += 1
                rows.setdefault(key, row.pk)
    now = timezone.now()
    for (slug, site, tag, before, after), images in counted.items():
        with transaction.atomic():
            one, _ = Finding.objects.get_or_create(
                research_study=slug, study_uid="", cause=TEXT, like=ruling.digest((tag, before)),
                defaults={"site": site, "what": "header", "tag": tag, "phrase": before, "left": after,
                          "row": rows[slug, site, tag, before, after], "first_at": now},
            )  # fmt: skip
            Finding.objects.filter(pk=one.pk).update(images=F("images") + images)
    return len(counted)


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
    found.update(intake.known_of(row.enrolment))
    return tuple(sorted(one for one in found if one))


def rows_of(one: Finding) -> QuerySet[Any]:
    """Held rows a finding is about, the first it is shown by; of what was seen later, the image it was seen in."""
    if one.cause in (SEEN, pictures.LATE):
        rows = intake.LedgerRow.objects.filter(pk=one.row, arrival__erased_at=None)
        return rows.select_related("arrival", "enrolment__person")
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
            seen = cleaner.look(header, (*known_of(row), *told.facts(header).known), rules, MOST_FRAMES)
    except (OSError, ValueError, MalformedDicom, NoPicture, NoReader, Held):
        return None
    return joined([[place.frame, *place.box, place.why] for place in seen[:200]])


def joined(places: list[list[Any]]) -> list[list[Any]]:
    """The places of text with those told once that are nearly the same: read at another scale, or in another frame."""
    out: list[list[Any]] = []
    for frame, *box, why in places:
        for one in out if why == "text" else ():
            same = one[5] == why and (_inside(box, one[1:5]) or _inside(one[1:5], box))
            if same:
                low, high = map(min, one[1:3], box[:2]), map(max, one[3:5], box[2:])
                one[:5] = [one[0] if one[0] == frame else 0, *low, *high]
                break
        else:
            out.append([frame, *box, why])
    return out


def _inside(one: list[int], other: list[int]) -> bool:
    return inside((one[0], one[1], one[2], one[3]), [(other[0], other[1], other[2], other[3])])


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
    mine = FindingImage.objects.filter(finding__like=rule.like).order_by("pk")
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
    intake.run_again(by=SYSTEM, rows=rows, causes=HELD_CAUSES, reason=f"Rule {name} came into force.")
    with transaction.atomic():
        FindingImage.objects.filter(pk__in=[pk for pk, _, _ in images]).delete()
        for pk, count in Counter(finding for _, _, finding in images).items():
            Finding.objects.filter(pk=pk).update(images=F("images") - count)
        done = Finding.objects.filter(pk__in={pk for _, _, pk in images}, images__lte=0)
        now = timezone.now()
        done.filter(state="open").update(state="decided", decision="rule", rule=rule, decided_at=now, images=0)
    return len(images)
