"""Scans held against the charter of their research study once their images have come: pass, or repeat and why.

Every arrival notes its scan; a worker judges it when it has been quiet for a while, from the headers of the originals.
A verdict holds nothing back: it tells the radiographer, while the patient may still be there.
"""

from __future__ import annotations

import mmap
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from isocentre.core.actor import Actor
from isocentre.core.charter.judging import ScanFacts, SeriesFacts, Verdict, attributes, judge, verdict_of
from isocentre.core.charter.reading import parse
from isocentre.core.charter.records import Charter
from isocentre.core.charter.values import frames, values
from isocentre.core.dicom.header import Header, read_header
from isocentre.core.dicom.walk import MalformedDicom
from isocentre.jobs import claims
from isocentre.rooms.intake import viewing
from isocentre.rooms.intake.charter_notes import QUIET
from isocentre.rooms.intake.models import CharterCheck, Disposition, LedgerRow, ResearchStudy
from isocentre.rooms.intake.receive import quarantine

AT_ONCE = 4
_COUNTED = (Disposition.PENDING, Disposition.SENT_ON, Disposition.HELD)


def judge_due(worker: str) -> int:
    """Judge scans that are due, without a transaction open; returns how many got a verdict."""
    waiting = CharterCheck.objects.filter(state="waiting").order_by("not_before", "pk")
    done = 0
    for check in claims.claim(waiting, worker=worker, limit=AT_ONCE):
        with claims.held(CharterCheck, [check.pk], worker=worker):
            done += _judge(check, worker)
    return done


def _judge(check: CharterCheck, worker: str) -> int:
    mine = CharterCheck.objects.filter(pk=check.pk, claimed_by=worker)
    charter = _charter(check.research_study)
    rows = _rows(check.research_study, check.study_uid)
    if charter is None or not rows:
        mine.delete()
        return 0
    last = max(row.arrival.arrived_at for row in rows)
    if timezone.now() < last + QUIET:
        mine.update(claimed_by="", lease_until=None, not_before=last + QUIET, attempts=0)
        return 0
    if check.attempts > claims.MAX_ATTEMPTS:
        return mine.update(claimed_by="", lease_until=None, attempts=0, **_failed(rows))
    try:
        scan = _facts(rows, charter)
    except MalformedDicom:
        return mine.update(claimed_by="", lease_until=None, attempts=0, **_failed(rows))
    if scan is None:  # an original is gone: an earlier verdict stays, for nothing better can be said
        if mine.filter(outcome="").delete()[0]:
            return 0
        return mine.update(claimed_by="", lease_until=None, state="done", attempts=0)
    verdict = judge(charter, scan)
    return mine.update(
        claimed_by="", lease_until=None, attempts=0, state="done", outcome=verdict.state, verdict=verdict.plain(),
        judged_at=timezone.now(), told=False, last_at=last, row=rows[0].pk, site=rows[0].site,
    )  # fmt: skip


def _failed(rows: Sequence[LedgerRow]) -> dict[str, Any]:
    """What is kept of a scan that cannot be judged; people are told that it was not."""
    return {
        "state": "failed", "outcome": "", "verdict": None, "judged_at": timezone.now(), "row": rows[0].pk,
        "site": rows[0].site,
    }  # fmt: skip


def _charter(slug: str) -> Charter | None:
    study = ResearchStudy.objects.filter(slug=slug).first()
    said = ((study.accepted if study else None) or {}).get("charter")
    return parse(said) if isinstance(said, dict) else None


def _rows(slug: str, uid: str) -> list[LedgerRow]:
    found = LedgerRow.objects.filter(research_study=slug, study_uid=uid, disposition__in=_COUNTED)
    return list(found.select_related("arrival").order_by("pk"))


def _facts(rows: Sequence[LedgerRow], charter: Charter) -> ScanFacts | None:
    """The scan as it lies here; None when an original of it is gone."""
    wanted = attributes(charter)
    by_series: dict[str, list[LedgerRow]] = defaultdict(list)
    for row in rows:
        by_series[row.arrival.series_uid].append(row)
    series = []
    for group in by_series.values():
        one = _series(group, wanted)
        if one is None:
            return None
        series.append(one)
    points = [row.time_point for row in rows if row.time_point]
    return ScanFacts(tuple(series), points[0] if points else "")


def _series(rows: Sequence[LedgerRow], wanted: Sequence[str]) -> SeriesFacts | None:
    seen: dict[str, dict[str, int]] = {word: defaultdict(int) for word in wanted}
    images = 0
    for row in rows:
        with _header(row) as header:
            if header is None:
                return None
            count = frames(header)
            for word, text in values(header, wanted).items():
                seen[word][text] += count
        images += count
    facts = rows[0].arrival.facts
    number, modality, description, protocol = (
        str(facts.get(name, "")) for name in ("series_number", "modality", "series_description", "protocol_name")
    )
    return SeriesFacts(number, modality, description, protocol, images, seen)


@contextmanager
def _header(row: LedgerRow) -> Iterator[Header | None]:
    """The header of a row's original; None when that is not here any more."""
    if row.arrival.erased_at is not None:
        yield None
        return
    try:
        file = (quarantine() / row.arrival.path).open("rb")
    except FileNotFoundError:
        yield None
        return
    with file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        yield read_header(mapped)


@dataclass(frozen=True, slots=True)
class Checked:
    """Where a scan stands: its verdict, or None while images arrive (`arriving`) or when it cannot be judged."""

    key: str
    arriving: bool
    verdict: Verdict | None
    check: CharterCheck


def of_scan(slug: str, uid: str) -> Checked | None:
    """Where one scan stands; None where nothing holds it against a charter."""
    found = CharterCheck.objects.filter(research_study=slug, study_uid=uid).first()
    return checked(found) if found else None


def of_scans(names: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Checked]:
    """Where scans stand, by research study and source StudyInstanceUID; those nothing holds to a charter are not in."""
    wanted = set(names)
    found = CharterCheck.objects.filter(study_uid__in={uid for _, uid in wanted})
    return {name: checked(one) for one in found if (name := (one.research_study, one.study_uid)) in wanted}


def judged(by: Actor) -> QuerySet[CharterCheck]:
    """Scans in the actor's scope that were held against their charter."""
    scans = viewing.visible(by).filter(disposition__in=_COUNTED)
    return CharterCheck.objects.filter(row__in=scans.values("pk"))


def to_repeat(by: Actor) -> QuerySet[CharterCheck]:
    """Scans in the actor's scope that do not meet their charter."""
    return judged(by).filter(outcome="repeat", state="done")


def recent(by: Actor, most: int = 10) -> list[Checked]:
    """The scans judged last in the actor's scope, the newest first."""
    return [checked(one) for one in judged(by).order_by("-judged_at", "-pk")[:most]]


def untold(most: int) -> list[tuple[CharterCheck, LedgerRow]]:
    """Verdicts the national side was not told yet, each with an image of the scan that was sent on."""
    sent = LedgerRow.objects.filter(disposition=Disposition.SENT_ON).exclude(object_study_uid="")
    mine = sent.filter(research_study=OuterRef("research_study"), study_uid=OuterRef("study_uid"))
    waiting = CharterCheck.objects.filter(Exists(mine), state="done", told=False).exclude(outcome="").order_by("pk")
    found = []
    for check in waiting[:most]:
        row = sent.filter(research_study=check.research_study, study_uid=check.study_uid).order_by("pk").first()
        if row is not None:
            found.append((check, row))
    return found


def told(checks: Iterable[CharterCheck]) -> int:
    """The national side was told of these verdicts, unless they are others by now; returns how many."""
    with transaction.atomic():
        return sum(
            CharterCheck.objects.filter(pk=one.pk, state="done", judged_at=one.judged_at).update(told=True)
            for one in checks
        )


def checked(one: CharterCheck) -> Checked:
    """The row as what is told of it."""
    verdict = verdict_of(one.verdict) if one.verdict and one.state == "done" else None
    return Checked(str(one.row or ""), one.state == "waiting", verdict, one)
