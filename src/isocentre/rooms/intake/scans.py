"""Scans: rows of one research study that share a source StudyInstanceUID, as lists and a scan's page show them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, Max, Min, OuterRef, Q, QuerySet, Sum

from isocentre.core.actor import Actor
from isocentre.rooms.intake import recalling, viewing
from isocentre.rooms.intake.models import CharterCheck, Disposition, LedgerRow

Name = tuple[str, str]  # research study, source StudyInstanceUID


@dataclass(frozen=True, slots=True)
class Reason:
    """Images of a scan that share a disposition, a cause and its words."""

    disposition: str
    cause: str
    words: str
    images: int


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan. `first` is the row it is shown by; `acknowledged` and `erased` count images of those sent on."""

    first: LedgerRow
    images: int
    counts: dict[str, int]
    reasons: tuple[Reason, ...]
    first_at: datetime
    last_at: datetime
    sent_at: datetime | None
    erased_at: datetime | None
    acknowledged: int
    erased: int
    duplicates: int
    corrected: int
    actions: dict[str, int]
    profiles: tuple[str, ...]
    taken_back: int = 0

    @property
    def key(self) -> str:
        """How the scan is named in addresses: never by anything the hospital knows it by."""
        return str(self.first.pk)

    @property
    def gone(self) -> bool:
        """True when all of it was taken back as of the wrong patient."""
        return self.taken_back == self.images

    @property
    def sent(self) -> int:
        """Images sent on."""
        return self.counts.get(Disposition.SENT_ON, 0)


def representatives(rows: QuerySet[LedgerRow]) -> QuerySet[LedgerRow]:
    """One row a scan, the first to arrive among `rows`; in the order they came where nobody asks for another."""
    firsts = rows.order_by().values("research_study", "study_uid").annotate(key=Min("pk")).values("key")
    return LedgerRow.objects.filter(pk__in=firsts).select_related("arrival", "enrolment").order_by("pk")


_FILTERS = {
    "research_study": "research_study", "disposition": "disposition", "modality": "arrival__facts__modality",
    "day": "first_day",
}  # fmt: skip


def arrived(by: Actor, chosen: Mapping[str, str]) -> QuerySet[LedgerRow]:
    """One row a scan in the actor's scope; `chosen` narrows by research study, disposition, modality, day, verdict."""
    wanted = {column: chosen[name] for name, column in _FILTERS.items() if chosen.get(name)}
    rows = viewing.visible(by).filter(**wanted).exclude(recalling.OUT)
    if outcome := chosen.get("charter"):
        checks = CharterCheck.objects.filter(
            research_study=OuterRef("research_study"), study_uid=OuterRef("study_uid"), state="done", outcome=outcome
        )
        rows = rows.filter(Exists(checks))
    return representatives(rows)


def named(names: Iterable[Name]) -> Q:
    """Rows of the studies these scans are of: of other research studies too, which the caller leaves out.

    An OR of pairs would be asked of SQLite by research study, each time over all of its rows.
    """
    return Q(study_uid__in={uid for _, uid in names})


def numbers(by: Actor, rows: Sequence[LedgerRow]) -> dict[Name, dict[str, int]]:
    """Images by disposition, `images` and `duplicates`, of the scans these rows stand for; none taken back."""
    names = {(r.research_study, r.study_uid) for r in rows}
    wanted = viewing.visible(by).filter(named(names)).exclude(recalling.OUT)
    counted = wanted.order_by().values("research_study", "study_uid", "disposition")
    answer: dict[Name, dict[str, int]] = {}
    for one in counted.annotate(n=Count("pk"), again=Sum("duplicates")):
        name = (one["research_study"], one["study_uid"])
        if name not in names:
            continue
        scan = answer.setdefault(name, {"images": 0, "duplicates": 0})
        scan[one["disposition"]] = one["n"]
        scan["images"] += one["n"]
        scan["duplicates"] += one["again"]
    return answer


def scan(*, by: Actor, key: str) -> Scan | None:
    """The scan that the row with this id belongs to; None when there is none in the actor's scope."""
    if not key.isascii() or not key.isdigit() or len(key) > 18:
        return None
    visible = viewing.visible(by)
    found = visible.filter(pk=int(key)).values_list("research_study", "study_uid").first()
    if found is None:
        return None
    rows = visible.filter(research_study=found[0], study_uid=found[1])
    first = rows.select_related("arrival", "enrolment__person").order_by("pk").first()
    if first is None:
        return None
    return _whole(first, rows)


def rows_of(by: Actor, one: Scan) -> QuerySet[LedgerRow]:
    """Its rows in the actor's scope."""
    first = one.first
    return viewing.visible(by).filter(research_study=first.research_study, study_uid=first.study_uid)


def _whole(first: LedgerRow, rows: QuerySet[LedgerRow]) -> Scan:
    facts: dict[str, Any] = rows.aggregate(
        images=Count("pk"), first_at=Min("arrival__arrived_at"), last_at=Max("arrival__arrived_at"),
        sent=Max("sent_at"), erased_at=Max("arrival__erased_at"), duplicates=Sum("duplicates"),
        acknowledged=Count("pk", filter=Q(disposition=Disposition.SENT_ON)),
        erased=Count("pk", filter=Q(arrival__erased_at__isnull=False)),
        corrected=Count("pk", filter=Q(arrival__revision__gt=0)), gone=Count("pk", filter=recalling.OUT),
    )  # fmt: skip
    counted = rows.values("disposition", "cause", "words").annotate(n=Count("pk")).order_by("disposition", "cause")
    reasons = tuple(Reason(r["disposition"], r["cause"], r["words"], r["n"]) for r in counted)
    counts: Counter[str] = Counter()
    for reason in reasons:
        counts[reason.disposition] += reason.images
    actions: Counter[str] = Counter()
    for done in rows.exclude(profile="").values_list("actions", flat=True):
        actions.update(done)
    profiles = rows.exclude(profile="").order_by().values_list("profile", flat=True).distinct()
    return Scan(
        first, facts["images"], dict(counts), reasons, facts["first_at"], facts["last_at"], facts["sent"],
        facts["erased_at"], facts["acknowledged"], facts["erased"], facts["duplicates"], facts["corrected"],
        dict(actions), tuple(sorted(profiles)), facts["gone"],
    )  # fmt: skip
