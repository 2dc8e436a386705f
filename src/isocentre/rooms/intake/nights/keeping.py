"""Makes the record of a day once it is over: by research study and site, why images are held, what came of lists."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Min, Q, Sum
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core.actor import ANY, SYSTEM, Actor
from isocentre.rooms.intake.models import CANARY, Disposition, LedgerRow
from isocentre.rooms.intake.nights.ports import ports
from isocentre.rooms.intake.nights.rows import NightReport
from isocentre.rooms.intake.pull.rows import Pull, PullSeries
from isocentre.rooms.intake.reconciling import PARTS, STORED

HOUR = 6
"""The hour of the morning in London after which the day before is recorded: what a PACS sent by night is in."""
BACK = 31
"""Days back for which a record that is missing is made: the machine may have been off."""
MOST_SHORT = 500
"""Short series that are named; of more the count is told."""


@dataclass(frozen=True, slots=True)
class Came:
    """Images of one research study and site that arrived on the day: received, and each state."""

    research_study: str
    site: str
    counts: dict[str, int]


@dataclass(frozen=True, slots=True)
class Held:
    """Images of them that are held for one cause: how many, of how many scans."""

    research_study: str
    site: str
    cause: str
    images: int
    scans: int


@dataclass(frozen=True, slots=True)
class Listed:
    """A list that was being fetched on that day: series and images expected and received, and how many are short."""

    pull: int
    name: str
    research_study: str
    site: str
    pacs: str
    series: int
    whole: int
    short: int
    waiting: int
    expected: int
    received: int


@dataclass(frozen=True, slots=True)
class Short:
    """One series that came short: of which list and line, what it is, and how often it was asked for."""

    pull: int
    research_study: str
    site: str
    line: int
    number: int | None
    modality: str
    expected: int
    received: int
    asked: int


@dataclass(frozen=True, slots=True)
class Night:
    """A whole record. `more_short`: short series that are not named one by one."""

    came: list[Came] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    lists: list[Listed] = field(default_factory=list)
    short: list[Short] = field(default_factory=list)
    more_short: int = 0

    @classmethod
    def of(cls, said: dict[str, Any]) -> Night:
        """As it is kept."""
        return cls(
            [Came(**one) for one in said.get("came", ())], [Held(**one) for one in said.get("held", ())],
            [Listed(**one) for one in said.get("lists", ())], [Short(**one) for one in said.get("short", ())],
            int(said.get("more_short", 0)),
        )  # fmt: skip

    def within(self, by: Actor) -> Night:
        """What of it is in the actor's scope; what is of no site yet is there for everybody of the research study."""

        studies = {slug for slug, _ in by.scope.pairs}

        def mine(rows: list[Any]) -> list[Any]:
            anywhere = [not one.site and bool(studies & {ANY, one.research_study}) for one in rows]
            return [one for one, each in zip(rows, anywhere, strict=True)
                    if each or by.scope.allows(one.research_study, one.site)]  # fmt: skip

        more = self.more_short if by.scope.allows(ANY, ANY) else 0
        return Night(mine(self.came), mine(self.held), mine(self.lists), mine(self.short), more)

    @property
    def empty(self) -> bool:
        """Whether nothing came and no list was being fetched."""
        return not (self.came or self.lists)

    def total(self, key: str) -> int:
        """Images in one state, or received, over all."""
        return sum(one.counts[key] for one in self.came)

    @property
    def short_series(self) -> int:
        """Series that came short, named or not."""
        return sum(one.short for one in self.lists)


def due(now: datetime) -> list[date]:
    """Days that are over and have no record yet, the oldest first. The first record is that of yesterday."""
    here = timezone.localtime(now)
    last = here.date() - timedelta(days=1 if here.hour >= HOUR else 2)
    first = NightReport.objects.aggregate(day=Min("day"))["day"]
    since = max(first or last, last - timedelta(days=BACK))
    known = set(NightReport.objects.filter(day__gte=since).values_list("day", flat=True))
    days = [since + timedelta(days=n) for n in range((last - since).days + 1)]
    return [day for day in days if day not in known]


def keep(worker: str) -> int:
    """Make the records that are due; returns how many. Two workers at once make one."""
    made = 0
    for day in due(timezone.now()):
        said, mail = asdict(of_day(day)), NightReport.WAITING if ports().recipients() else ""
        with transaction.atomic():
            fields = {"made_at": timezone.now(), "said": said, "mail": mail}
            row, new = NightReport.objects.get_or_create(day=day, defaults=fields)
            if new:
                audit.record(by=SYSTEM, entries=[audit.Entry("night_recorded", "night", str(row.pk))])
        made += new
    return made


def of_day(day: date) -> Night:
    """What the images that arrived on a day have come to by now, and the lists that were being fetched then."""
    rows = LedgerRow.objects.filter(first_day=day).exclude(research_study=CANARY).order_by()
    counted: Iterable[Any] = rows.values("research_study", "site").annotate(
        received=Count("pk"), stored=Count("pk", filter=STORED), duplicates=Sum("duplicates"),
        **{f"n_{key}": Count("pk", filter=Q(disposition=key)) for key, _ in PARTS},
    )  # fmt: skip
    came = [
        Came(one["research_study"], one["site"], {
            "received": one["received"], "stored": one["stored"], "duplicates": one["duplicates"] or 0,
            **{key: one[f"n_{key}"] for key, _ in PARTS},
        })
        for one in counted
    ]  # fmt: skip
    why = rows.filter(disposition=Disposition.HELD).values("research_study", "site", "cause")
    causes = why.annotate(images=Count("pk"), scans=Count("study_uid", distinct=True))
    held = [Held(one["research_study"], one["site"], one["cause"], one["images"], one["scans"]) for one in causes]
    lists = [_listed(one) for one in _fetched_on(day)]
    short, count = _short([one.pull for one in lists])
    came.sort(key=lambda one: (one.research_study, one.site))
    held.sort(key=lambda one: (-one.images, one.cause, one.research_study, one.site))
    return Night(came, held, lists, short, count - len(short))


def _fetched_on(day: date) -> list[Pull]:
    """Lists that were begun by the end of the day and not ended before it."""
    begins = timezone.make_aware(datetime.combine(day, datetime.min.time()))
    ends = timezone.make_aware(datetime.combine(day + timedelta(days=1), datetime.min.time()))
    begun = Pull.objects.filter(started_at__lt=ends).select_related("pacs").order_by("pk")
    return list(begun.filter(Q(ended_at=None) | Q(ended_at__gte=begins)))


def _listed(pull: Pull) -> Listed:
    wanted = pull.series.exclude(state=PullSeries.LEFT)
    counted = wanted.aggregate(
        series=Count("pk"), whole=Count("pk", filter=Q(state__in=(PullSeries.WHOLE, PullSeries.HERE))),
        short=Count("pk", filter=Q(state=PullSeries.SHORT)),
        waiting=Count("pk", filter=Q(state__in=(PullSeries.WAITING, PullSeries.LISTED))),
        expected=Sum("expected"), received=Sum("received"),
    )  # fmt: skip
    numbers = {key: value or 0 for key, value in counted.items()}
    return Listed(pull.pk, pull.name, pull.research_study, pull.pacs.site, pull.pacs.name, **numbers)


def _short(pulls: list[int]) -> tuple[list[Short], int]:
    """The short series of these lists, so many of them, and how many there are."""
    rows = PullSeries.objects.filter(pull__in=pulls, state=PullSeries.SHORT)
    named = rows.select_related("pull__pacs", "line").order_by("pull", "line__number", "number", "pk")[:MOST_SHORT]
    return [
        Short(one.pull_id, one.pull.research_study, one.pull.pacs.site, one.line.number, one.number, one.modality,
              one.expected or 0, one.received, one.asked_times)
        for one in named
    ], rows.count()  # fmt: skip
