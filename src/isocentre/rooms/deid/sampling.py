"""A sample of scans that were sent on, for people to look at: drawn by a keyed hash, judged, counted with a bound."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core.actor import ANY, Actor
from isocentre.core.checks import Checks, Unfit
from isocentre.core.intervals import interval, upper
from isocentre.jobs import door as jobs
from isocentre.rooms.deid import findings, ruling
from isocentre.rooms.deid.models import Finding, SampledImage, SampledScan
from isocentre.rooms.intake import door as intake
from isocentre.web import formats, names

PERCENT = 5.0
"""Of a hundred scans that are sent on, how many people look at, until the hospital says otherwise."""
SETTING = "sample_percent"
SEEN = findings.SEEN
VERDICTS = ("clean", SEEN)
MARKS = ("right", "wrong")
_OF = 1_000_000


def percent() -> float:
    """Of a hundred scans that are sent on, how many are drawn."""
    return float(jobs.recall(SETTING, PERCENT))


def set_percent(*, by: Actor, wanted: float | None, reason: str) -> None:
    """Draw this many of a hundred scans from now on; Unfit with words by field. Audited; safe to repeat."""
    intake.require(by, ruling.CONFIRM)
    checks = Checks()
    checks.that(wanted is not None and 0 <= wanted <= 100, "percent", "Write a number from 0 to 100")
    checks.filled("reason", reason, "Say why, in a few words", most=300)
    checks.nobody("reason", reason)
    checks.done()
    before = percent()
    if wanted is None or wanted == before:
        return
    with transaction.atomic():
        jobs.remember(SETTING, wanted)
        entry = audit.Entry("sample_changed", "setting", "sample", {"before": before, "after": wanted}, reason)
        audit.record(by=by, entries=[entry])


def drawn(key: bytes, study_uid: str, wanted: float) -> bool:
    """Whether a scan is drawn: by study key and UID alone, so that nobody chooses, and asking twice says the same."""
    turn = hmac.new(key, b"sample|" + study_uid.encode(), hashlib.sha256).digest()
    return int.from_bytes(turn[:8], "big") % _OF < wanted * _OF / 100


@dataclass(frozen=True, slots=True)
class Passed:
    """An image that was sent on: its row, the study key, what was black in it (frame, box, why), and by which rules."""

    row: Any
    key: bytes
    boxes: list[list[Any]]
    rules: list[str]


def draw(passed: Iterable[Passed]) -> int:
    """Note images of scans that are drawn; returns how many. Safe to repeat: a crash sends and draws them again."""
    wanted = percent()
    chosen: dict[tuple[str, str], bool] = {}
    mine = []
    for one in passed:
        name = (one.row.research_study, one.row.study_uid)
        if name not in chosen:
            chosen[name] = wanted > 0 and name[0] != findings.CANARY and drawn(one.key, name[1], wanted)
        if chosen[name]:
            mine.append(one)
    if not mine:
        return 0
    now = timezone.now()
    with transaction.atomic():
        scans = {}
        for name in {(one.row.research_study, one.row.study_uid) for one in mine}:
            first = next(one.row for one in mine if (one.row.research_study, one.row.study_uid) == name)
            scans[name], _ = SampledScan.objects.get_or_create(
                research_study=name[0], study_uid=name[1],
                defaults={"site": first.site, "row": first.pk, "percent": wanted, "drawn_at": now},
            )  # fmt: skip
        for one in mine:
            SampledImage.objects.update_or_create(
                row=one.row.pk,
                defaults={"scan": scans[one.row.research_study, one.row.study_uid], "boxes": one.boxes,
                          "rules": one.rules},
            )  # fmt: skip
    return len(mine)


def visible(by: Actor) -> QuerySet[SampledScan]:
    """Drawn scans in the actor's scope, for who may look at them."""
    intake.require(by, "held_view")
    return visible_for(by)


def visible_for(by: Actor) -> QuerySet[SampledScan]:
    """Drawn scans in the actor's scope, to be counted."""
    gone = intake.LedgerRow.objects.filter(intake.recalling.OUT, pk=OuterRef("row"))
    rows = SampledScan.objects.exclude(Exists(gone))
    if (ANY, ANY) in by.scope.pairs:
        return rows
    where = Q(pk__in=[])
    for slug, site in by.scope.pairs:
        one = Q() if slug == ANY else Q(research_study=slug)
        where |= one if site == ANY else one & Q(site__in=("", site))
    return rows.filter(where)


def images_of(one: SampledScan) -> list[tuple[Any, SampledImage]]:
    """Images of a drawn scan whose originals are still here, in the order they came."""
    mine = {image.row: image for image in one.images.all()}
    rows = intake.LedgerRow.objects.filter(pk__in=list(mine), arrival__erased_at=None)
    rows = rows.exclude(intake.recalling.OUT)
    return [(row, mine[row.pk]) for row in rows.select_related("arrival", "enrolment__person").order_by("pk")]


def rules_of(one: SampledScan) -> list[str]:
    """Names of the rules that had a part in a drawn scan."""
    return sorted({name for rules in one.images.values_list("rules", flat=True) for name in rules})


def judge(*, by: Actor, pk: int, verdict: str, where: str, marks: Mapping[str, str], image: int = 0) -> SampledScan:
    """What a person saw in a drawn scan: nothing that identifies, or something and where; of each rule, right or wrong.

    What was seen becomes a finding of the image it was seen in (`image`: its row). Unfit with words by field.
    """
    intake.require(by, ruling.MAKE)
    one = visible(by).filter(pk=pk).first()
    if one is None:
        raise LookupError("no such scan")
    seen = {row.pk: row for row, _ in images_of(one)}
    checks = Checks()
    checks.one_of("verdict", verdict, VERDICTS, "Say what you saw")
    if verdict == SEEN:
        checks.filled("where", where, "Say what it is and where, without the name itself", most=300)
    known = {value for row in seen.values() for value in findings.known_of(row)}
    checks.nobody("where", where, known=known)
    checks.that(bool(seen), "verdict", "The originals of this scan are not here any more, so nobody can compare them")
    checks.done()
    told = {name: marks[name] for name in rules_of(one) if marks.get(name) in MARKS}
    now = timezone.now()
    with transaction.atomic():
        done = SampledScan.objects.filter(pk=pk, verdict="").update(
            verdict=verdict, where=where if verdict == SEEN else "", marks=told, judged_by=by.name, judged_at=now
        )
        if not done:
            one.refresh_from_db()
            raise Unfit({"verdict": f"{names.person(one.judged_by)} has judged it already"})
        if verdict == SEEN:
            _found(one, seen.get(image) or next(iter(seen.values())), where)
        audit.record(by=by, entries=[audit.Entry("sample_judged", "scan", str(one.row), {"verdict": verdict})])
    one.refresh_from_db()
    return one


def _found(one: SampledScan, row: Any, where: str) -> Finding:
    """What was seen in an image that was sent on, as a finding like any other."""
    like = findings.likeness(row)
    values = {
        "site": row.site, "what": "picture", "sop_class": like.sop_class, "manufacturer": like.manufacturer[:64],
        "model": like.model[:64], "rows": like.rows, "columns": like.columns, "row": row.pk, "words": where,
        "first_at": timezone.now(), "images": 1, "look": "wanted", **ruling.REOPENED,
    }  # fmt: skip
    made, _ = Finding.objects.update_or_create(
        research_study=one.research_study,
        study_uid=one.study_uid,
        cause=SEEN,
        like=ruling.digest(like),
        defaults=values,
    )
    return made


def bound(rows: QuerySet[SampledScan]) -> str:
    """How sure people may be that what was sent on identifies nobody, in one sentence; of these drawn scans."""
    counts = Counter(rows.exclude(verdict="").values_list("verdict", flat=True))
    looked, hits = counts.total(), counts[SEEN]
    if not looked:
        return ""
    share = upper(hits, looked)
    sure = f"fewer than {_percent(share)} do" if share < 1 else "nothing can be said yet"
    what = "showed anything that identifies" if not hits else "showed something that identifies"
    return f"{hits} of {formats.plural(looked, 'scan')} looked at {what}; with 95 % confidence {sure}."


def wrong_rate(name: str) -> str:
    """How often a rule was wrong where people judged what it did, with the 95 % interval; in words."""
    counts = Counter(
        marks[name]
        for marks in SampledScan.objects.exclude(verdict="").values_list("marks", flat=True)
        if name in marks
    )
    judged, wrong = counts.total(), counts["wrong"]
    if not judged:
        return "Not judged yet"
    low, high = interval(wrong, judged)
    return f"{wrong} of {judged} judged: {low * 100:.1f} % to {high * 100:.1f} % with 95 % confidence"


def _percent(share: float) -> str:
    """A share in percent, never rounded down to look better than it is."""
    number = share * 100
    return f"{-(-number * 10 // 1) / 10:.1f} %" if number >= 0.1 else f"{number:.2g} %"
