"""Objects by place and fate, and the page that holds them against what the hospitals' ledgers say they sent on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.http import require_safe

from isocentre.core.actor import ANY, Actor
from isocentre.people.guard import needs
from isocentre.rooms.archive.browsing import actor_of
from isocentre.rooms.archive.models import Instance
from isocentre.rooms.archive.scoping import CANARY
from isocentre.rooms.register import door as register
from isocentre.web import formats, names
from isocentre.web.listing import Cell, Column, Filter, Listing, Row, chosen_filters, respond

TOLD, FATES = ("received", "held", "pending", "sent_on"), ("stored", "recalled", "erased")
COLUMNS = (
    Column("research_study", "Research study", "title"), Column("site", "Site", "place"),
    Column("received", "Received at the hospital", "received", True), Column("waiting", "Held there", "held", True),
    Column("pending", "On its way", "pending", True), Column("sent_on", "Sent on", "sent_on", True),
    Column("stored", "Stored here", "stored", True), Column("recalled", "Recalled", "recalled", True),
    Column("erased", "Erased", "erased", True), Column("difference", "Difference", "difference", True),
)  # fmt: skip
EMPTY = "No hospital has reported images of a research study that this role may see. Hospitals report within a minute."
SEVERAL = "Several sites"
WHAT = (
    "What each hospital says it sent on, beside what is here. An image that a hospital sent on is stored, recalled or "
    "erased here. Hospitals report within a minute, so a difference that goes away was on its way. One that stays is a "
    "fault: the administrator of the national side runs isocentre verify, which names the images."
)


@dataclass(frozen=True, slots=True)
class Place:
    """One research study at one site: the hospital's ledger as last reported, and what became of its objects here."""

    research_study: str
    site: str
    title: str
    place: str
    compared: bool
    """No where the hospital reports it with sites that the actor may not see."""
    received: int
    held: int
    pending: int
    sent_on: int
    stored: int
    recalled: int
    erased: int

    @property
    def difference(self) -> int:
        """Objects here less objects sent on: 0 when the two sides agree, or cannot be compared."""
        return 0 if not self.compared else self.stored + self.recalled + self.erased - self.sent_on


def fates(by: Actor, *, direct: bool) -> dict[tuple[str, str], Counter[str]]:
    """Objects (not revisions of them) by research study and site, then by fate, within the actor's pairs, canaries
    left out; those that hospitals sent on, or those stored here directly.
    """
    rows = Instance.objects.filter(current=True, direct=direct, state__in=FATES)
    rows = rows.exclude(series__study__research_study=CANARY)
    grouped = rows.values_list("state", "series__study__research_study", "series__study__site").annotate(n=Count("pk"))
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for state, research_study, site, n in grouped.order_by():
        if (ANY, ANY) in by.scope.pairs or by.scope.allows(research_study, site):
            found[research_study, site][state] += n
    return found


def places(by: Actor) -> list[Place]:
    """Every research study and site in scope of which a hospital reported, or of which something is here."""
    here = fates(by, direct=False)
    told: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for record in register.ledger(by=by):
        totals = {name: getattr(record.totals, name) for name in TOLD}
        told[record.research_study, record.site].update(totals)
    _reported_together(told, here)
    reported = set(told)
    keys = {key for key in {*here, *told} if here.get(key) or any(told[key].values())}
    titles = names.research_studies({slug for slug, _ in keys})
    sites = names.sites({one for _, site in keys for one in site.split()})
    return [
        Place(slug, site, titles.get(slug, slug), ", ".join(sites.get(one, one) for one in site.split()) or SEVERAL,
              (slug, site) in reported or by.scope.allows(slug, ANY),
              *(told[slug, site][name] for name in TOLD),
              *(here.get((slug, site), Counter())[fate] for fate in FATES))
        for slug, site in sorted(keys)
    ]  # fmt: skip


def _reported_together(told: dict[tuple[str, str], Counter[str]], here: dict[tuple[str, str], Counter[str]]) -> None:
    """A gateway of several sites reports one ledger for them: so what is here of them is held against it together."""
    for slug in {study for study, site in told if not site}:
        apart = {site for study, site in told if study == slug}
        sites = sorted(site for study, site in here if study == slug and site not in apart)
        together = (slug, " ".join(sites))
        told[together] = told.pop((slug, ""))
        here[together] = sum((here.pop((slug, site)) for site in sites), Counter())


@require_safe
@needs("ledger_view")
def ledger(request: HttpRequest) -> HttpResponseBase:
    """The national side's ledger: sent on = stored + recalled + erased, by research study and site."""
    rows = places(actor_of(request))
    filters = (
        Filter("research_study", "Research study", tuple(sorted({(row.research_study, row.title) for row in rows}))),
        Filter("site", "Site", tuple(sorted({(row.site, row.place) for row in rows if row.site}))),
    )
    wanted = {name: value for name, value in chosen_filters(request, filters).items() if value}
    shown = [row for row in rows if all(getattr(row, name) == value for name, value in wanted.items())]
    listing = Listing(
        name="national-ledger",
        heading=lambda n: "Ledger: what hospitals sent on, and what is here",
        columns=COLUMNS,
        rows=shown,
        present=lambda page: [Row(f"{row.research_study} {row.site}", _cells(row)) for row in page],
        empty=EMPTY,
        sort="title",
        key=lambda row: f"{row.research_study} {row.site}",
        filters=filters,
        intro=WHAT,
        extra={
            "total": _total(shown),
            "whole": not any(row.difference for row in shown),
            "together": any(not row.compared for row in shown),
        },
    )
    return respond(request, listing, "archive/ledger.html")


def _total(rows: Sequence[Place]) -> dict[str, int]:
    return {name: sum(getattr(row, name) for row in rows) for name in ("sent_on", *FATES)}


def _cells(row: Place) -> tuple[Cell, ...]:
    figures = (row.received, row.held, row.pending, row.sent_on, row.stored, row.recalled, row.erased)
    agrees = row.difference == 0
    words = "None" if agrees else f"{row.difference:+,}".replace("-", "−")
    told = Cell(words, row.difference, tag="green" if agrees else "red")
    return (
        Cell(row.title, row.research_study),
        Cell(row.place, row.site),
        *(Cell(formats.number(n), n) for n in figures),
        told if row.compared else Cell("Not compared", ""),
    )
