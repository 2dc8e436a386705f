"""Pages of intake that show the ledger: arrivals by scan, and the reconciliation of every research study."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse

from isocentre.core.actor import Actor
from isocentre.people.guard import needs
from isocentre.rooms.intake import charter_checks, charter_words, elsewhere, life_steps, refusals, scans, viewing
from isocentre.rooms.intake.models import CANARY, UNASSIGNED, Arrival, Disposition, LedgerRow
from isocentre.rooms.intake.reconciling import PARTS, balances
from isocentre.rooms.intake.viewing import actor_of
from isocentre.web import formats, names
from isocentre.web.listing import Cell, Column, Filter, Listing, Row, chosen_filters, respond

MODALITIES = ("CT", "MR", "PT", "NM", "US", "CR", "DX", "MG", "XA", "SR", "SEG", "OT")
ARRIVALS = (
    Column("arrived", "Arrived", "id"), Column("scan", "Scan"),
    Column("research_study", "Research study", "research_study"),
    Column("subject", "Subject"), Column("scanner", "Scanner", "scanner"), Column("images", "Images", numeric=True),
    Column("again", "Sent again", numeric=True), Column("state", "State"),
    Column("charter", "Imaging charter"),
)  # fmt: skip


def research_study_options(by: Actor) -> tuple[tuple[str, str], ...]:
    """Research studies to filter by, with "none" for those who see such scans."""
    none = ((UNASSIGNED, "No research study"),) if viewing.slugs(by) is None else ()
    return (*viewing.accepted(by), *none)


@needs("arrivals_view")
def arrivals(request: HttpRequest) -> HttpResponseBase:
    """Scans that arrived, newest first. No name or number: a patient could stand behind the screen."""
    by = actor_of(request)
    filters = (
        Filter("research_study", "Research study", research_study_options(by)),
        Filter("disposition", "State", tuple((v, str(w).capitalize()) for v, w in Disposition.choices)),
        Filter("modality", "Modality", tuple((m, m) for m in MODALITIES)),
        Filter("day", "Day received", day=True),
        Filter("charter", "Imaging charter", (("repeat", "Repeat"), ("pass", "Pass"))),
    )
    chosen = chosen_filters(request, filters)
    titles, sites = viewing.titles(), names.sites()
    refused_url = reverse("intake:refused_objects") if by.may("peers_manage") else ""

    def present(page: Sequence[LedgerRow]) -> list[Row]:
        counted = scans.numbers(by, page)
        names_of = [(r.research_study, r.study_uid) for r in page]
        held_to = charter_checks.of_scans(names_of)
        return [
            Row(str(r.pk), (*_arrival(r, counted[name], titles, sites), _charter(held_to.get(name))))
            for r, name in zip(page, names_of, strict=True)
        ]

    listing = Listing(
        name="arrivals",
        heading=lambda n: f"{formats.plural(n, 'scan')} received",
        columns=ARRIVALS,
        rows=scans.arrived(by, chosen),
        present=present,
        empty="No scan has arrived yet. An admitted sender sends to this computer's DICOM port; see Senders.",
        sort="-id",
        filters=filters,
        extra={"refused": _refused(), "refused_url": refused_url},
    )
    return respond(request, listing, "intake/arrivals.html")


def _charter(one: charter_checks.Checked | None) -> Cell:
    words, colour = charter_words.tag(one)
    return Cell(words, tag=colour)


def _refused() -> str:
    """What was refused is no arrival, so somebody who misses a scan is told here that there was something."""
    told = refusals.told()
    if not told.objects:
        return ""
    count = f"{formats.plural(told.objects, 'object')} of admitted senders and imports"
    verb = "was" if told.objects == 1 else "were"
    return f"{count} {verb} refused, the last on {formats.moment(told.last_at)}. Nothing refused is counted here."


def _arrival(row: LedgerRow, counts: dict[str, int], titles: dict[str, str], sites: dict[str, str]) -> tuple[Cell, ...]:
    words, colour = life_steps.state(counts)
    enrolment = row.enrolment
    nobody = "Phantom" if life_steps.is_phantom(row) else ""
    subject = nobody if enrolment is None else enrolment.subject_id or "New person"
    at = row.arrival.arrived_at
    return (
        Cell(formats.moment(at), at),
        Cell(life_steps.title(row), url=reverse("scan", args=[row.pk])),
        Cell(titles.get(row.research_study, row.research_study), row.research_study),
        Cell(subject),
        Cell(row.scanner or sites.get(row.site, row.site) or "Not known"),
        Cell(formats.number(counts["images"]), counts["images"]),
        Cell(formats.number(counts["duplicates"]), counts["duplicates"]),
        Cell(words, tag=colour),
    )


@needs("ledger_view")
def ledger(request: HttpRequest) -> HttpResponseBase:
    """Every research study's images: received = sent on + held + left out + rejected + opted out + on its way."""
    by = actor_of(request)
    rows = balance(by)
    titles = viewing.titles()
    may_open = by.may("arrivals_view")

    def present(page: Sequence[dict[str, Any]]) -> list[Row]:
        return [Row(r["slug"], _balance_cells(r, titles, may_open)) for r in page]

    total = {key: sum(r[key] for r in rows) for key in ("received", *dict(PARTS))}
    orphans = _orphans()
    listing = Listing(
        name="ledger",
        heading=lambda n: "Ledger: where every image is",
        columns=(
            Column("research_study", "Research study", "slug"), Column("received", "Received", "received", True),
            *(Column(key, title, key, True) for key, title in PARTS), Column("balances", "Balances"),
            Column("duplicates", "Sent again, counted apart", "duplicates", True),
            Column("recalled", "Of which recalled", "recalled", True),
            Column("erased", "Of which erased", "erased", True),
        ),
        rows=rows,
        present=present,
        empty="No research study has been accepted here and no scan has arrived.",
        sort="slug",
        key=lambda r: str(r["slug"]),
        intro="An image counts once in each research study it belongs to, and is in exactly one state there.",
        extra={"total": total, "parts": PARTS, "orphans": orphans, "elsewhere": elsewhere.total(by),
               "whole": balances(total) and not orphans},
    )  # fmt: skip
    return respond(request, listing, "intake/ledger.html")


def balance(by: Actor) -> list[dict[str, Any]]:
    """One row a research study in scope: images received, in each state, sent again, recalled, erased."""
    counted = viewing.visible(by).order_by().values("research_study").annotate(
        received=Count("pk"), duplicates=Sum("duplicates"),
        recalled_=Count("pk", filter=Q(recalled=True)), erased_=Count("pk", filter=Q(erased=True)),
        **{f"n_{key}": Count("pk", filter=Q(disposition=key)) for key, _ in PARTS},
    )  # fmt: skip
    found: dict[str, dict[str, Any]] = {row["research_study"]: dict(row) for row in counted}
    wanted = dict.fromkeys([*(slug for slug, _ in viewing.accepted(by)), *found])
    if viewing.slugs(by) is None:
        wanted[UNASSIGNED] = None
    rows = [(slug, found.get(slug, {})) for slug in wanted]
    return [
        {
            "slug": slug, "received": row.get("received", 0), "duplicates": row.get("duplicates", 0),
            "recalled": row.get("recalled_", 0), "erased": row.get("erased_", 0),
            **{key: row.get(f"n_{key}", 0) for key, _ in PARTS},
        }
        for slug, row in rows
    ]  # fmt: skip


def _orphans() -> int:
    """Arrivals no ledger row knows of: always none, unless something is badly wrong."""
    known = LedgerRow.objects.values("sop_instance_uid")
    lost = Arrival.objects.filter(rows=None).exclude(sop_instance_uid__in=known)
    return lost.exclude(peer=CANARY).count()


def _balance_cells(row: dict[str, Any], titles: dict[str, str], may_open: bool) -> tuple[Cell, ...]:
    slug = row["slug"]
    url = f"{reverse('intake:arrivals')}?research_study={slug}" if may_open else ""
    whole = balances(row)

    def cell(key: str, address: str = "") -> Cell:
        return Cell(formats.number(row[key]), row[key], address if row[key] else "")

    return (
        Cell(titles.get(slug, slug), slug, url),
        cell("received"),
        *(cell(key, f"{url}&disposition={key}" if url else "") for key, _ in PARTS),
        Cell("Balances" if whole else "Does not balance", "yes" if whole else "no", tag="green" if whole else "red"),
        cell("duplicates"),
        cell("recalled"),
        cell("erased"),
    )
