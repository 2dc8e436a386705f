"""Pages that show charters: by research study, the versions of one, a version as a table, and two compared."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_safe

from isocentre.audit import door as audit
from isocentre.core.charter.lines import Change, Line, lines
from isocentre.core.charter.records import plain
from isocentre.people.guard import needs
from isocentre.people.plainly import plainly
from isocentre.people.viewing import actor_of
from isocentre.rooms.trials import door
from isocentre.web import formats, names
from isocentre.web.listing import Cell, Column, Filter, Listing, Row, chosen_filters, respond

T = TypeVar("T")
WHOLE = "The whole scan"
COLOURS = {"uploaded": "yellow", "in_force": "green", "replaced": "grey"}


@needs("charters_view")
@plainly
def charters(request: HttpRequest) -> HttpResponseBase:
    """Research studies in scope, each with its charter in force."""
    by = actor_of(request)
    filters = (Filter("q", "Research study or charter"),)
    words = chosen_filters(request, filters)["q"].casefold()
    found = door.newest(by=by)
    titles = names.research_studies({slug for slug, _, _ in found})
    rows = [
        {"slug": slug, "title": titles[slug], "charter": one.charter.title if one else "", "waiting": waiting,
         "version": one.version if one else 0}
        for slug, one, waiting in found
    ]  # fmt: skip
    rows = [r for r in rows if words in f"{r['slug']} {r['title']} {r['charter']}".casefold()]

    def present(page: Sequence[dict[str, str]]) -> list[Row]:
        return [
            Row(r["slug"], (
                Cell(r["title"], url=reverse("trials:versions", args=[r["slug"]])), Cell(r["slug"]),
                Cell(r["charter"] or "None in force", r["charter"]), Cell(str(r["version"] or ""), r["version"]),
                Cell(str(r["waiting"] or ""), r["waiting"]),
            ))
            for r in page
        ]  # fmt: skip

    listing = Listing(
        name="charters",
        heading=lambda n: f"Charters of {formats.plural(n, 'research study', 'research studies')}",
        columns=(Column("title", "Research study", "title"), Column("slug", "Short name", "slug"),
                 Column("charter", "Charter in force", "charter"), Column("version", "Version", numeric=True),
                 Column("waiting", "Versions not in force yet", numeric=True)),
        rows=rows,
        present=present,
        empty="No research study is here yet, or none your role covers. The study team creates one.",
        sort="title",
        key=lambda r: str(r["slug"]),
        filters=filters,
        intro="A charter says which scans a research study expects and what each must be. Hospitals check scans "
        "against it on arrival.",
    )  # fmt: skip
    return respond(request, listing)


@needs("charters_view")
@plainly
def versions(request: HttpRequest, slug: str) -> HttpResponseBase:
    """Versions of one research study's charter, the newest first."""
    by = actor_of(request)
    found = door.versions(by=by, slug=slug)
    title = names.research_study(slug)

    def present(page: Sequence[door.CharterRecord]) -> list[Row]:
        called = names.people({one.uploaded_by for one in page} | {one.published_by for one in page})
        return [
            Row(str(one.version), (
                Cell(f"Version {one.version}", one.version, url=reverse("trials:charter", args=[slug, one.version])),
                Cell(one.charter.title), Cell(one.state_words, one.state, tag=COLOURS[one.state]),
                Cell(called[one.uploaded_by], one.uploaded_by),
                Cell(called[one.published_by] if one.published_by else "", one.published_by),
            ))
            for one in page
        ]  # fmt: skip

    listing = Listing(
        name=f"charter-{slug}",
        heading=lambda n: f"{formats.plural(n, 'version')} of the charter",
        columns=(Column("version", "Version", "version"), Column("title", "Title"), Column("state", "State"),
                 Column("uploaded_by", "Uploaded by"), Column("published_by", "Put in force by")),
        rows=found,
        present=present,
        empty="No charter was uploaded yet. The imaging core uploads the first version.",
        sort="-version",
        key=lambda one: str(one.version),
        extra={
            "study": title,
            "slug": slug,
            "add_url": reverse("trials:upload", args=[slug]) if door.may_publish(by, slug) else "",
            "history": audit.past(by=by, about=[("research_study", slug)]),
        },
    )  # fmt: skip
    return respond(request, listing, "trials/versions.html")


@needs("charters_view")
@plainly
def charter(request: HttpRequest, slug: str, number: int) -> HttpResponseBase:
    """One version as a table: every thing it asks, a line each."""
    by = actor_of(request)
    one = door.version(by=by, slug=slug, number=number)
    others = [v for v in door.versions(by=by, slug=slug) if v.version != number]
    may = door.may_publish(by, slug) and one.state == "uploaded"

    def cells(x: Line) -> tuple[Cell, ...]:
        keyword = Cell(x.attribute, mono=True)
        return Cell(x.scan), Cell(x.series or WHOLE, x.series), Cell(x.what), Cell(x.wanted), keyword

    listing = Listing(
        name=f"charter-{slug}-v{number}",
        heading=lambda n: one.charter.title,
        columns=(Column("scan", "Scan"), Column("series", "Series"), Column("what", "What"),
                 Column("wanted", "Must be"), Column("attribute", "DICOM keyword")),
        **_in_order(lines(one.charter), cells),
        empty="This charter asks nothing.",
        extra={
            "study": names.research_study(slug),
            "slug": slug,
            "one": one,
            "colour": COLOURS[one.state],
            "publish_url": reverse("trials:publish", args=[slug, number]) if may else "",
            "replaces": next((v.version for v in others if v.state == "in_force"), 0),
            "others": [(v.version, reverse("trials:difference", args=[slug, max(v.version, number),
                                                                      min(v.version, number)])) for v in others],
            "file_url": reverse("trials:file", args=[slug, number]),
        },
    )  # fmt: skip
    return respond(request, listing, "trials/charter.html")


@needs("charters_view")
@plainly
def difference(request: HttpRequest, slug: str, number: int, old: int) -> HttpResponseBase:
    """What differs between two versions."""
    found = door.compare(by=actor_of(request), slug=slug, old=old, new=number)

    def cells(x: Change) -> tuple[Cell, ...]:
        was, will = (Cell(words or "Not asked", words) for words in (x.old, x.new))
        return Cell(x.scan), Cell(x.series or WHOLE, x.series), Cell(x.what), was, will

    listing = Listing(
        name=f"charter-{slug}-v{old}-v{number}",
        heading=lambda n: f"{formats.plural(n, 'difference')} between versions {old} and {number}",
        columns=(Column("scan", "Scan"), Column("series", "Series"), Column("what", "What"),
                 Column("old", f"Version {old}"), Column("new", f"Version {number}")),
        **_in_order(found, cells),
        empty="The two versions ask the same.",
        extra={"study": names.research_study(slug), "slug": slug},
    )  # fmt: skip
    return respond(request, listing, "trials/part.html")


@needs("charters_view")
@require_safe
@plainly
def file(request: HttpRequest, slug: str, number: int) -> HttpResponse:
    """The version as a file that can be changed and uploaded again."""
    one = door.version(by=actor_of(request), slug=slug, number=number)
    body = json.dumps(plain(one.charter), ensure_ascii=False, indent=2)
    answer = HttpResponse(body, content_type="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="charter-{slug}-v{number}.json"'
    return answer


def _in_order(told: Sequence[T], cells: Callable[[T], tuple[Cell, ...]]) -> dict[str, Any]:
    """What a `Listing` needs to show these on one page, in the order they have."""

    def present(page: Sequence[dict[str, Any]]) -> list[Row]:
        return [Row(str(one["n"]), cells(one["of"])) for one in page]

    rows = [{"n": n, "of": one} for n, one in enumerate(told)]
    return {"rows": rows, "present": present, "sort": "n", "key": lambda one: str(one["n"]), "size": max(1, len(rows))}
