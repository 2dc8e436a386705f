"""Pages of Selections: the list, one with its scans and images, freezing what a search found, ending one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.checks import Unfit
from isocentre.core.days import parse_day
from isocentre.people.acting import choose_selection
from isocentre.people.guard import needs
from isocentre.rooms.archive import browsing, presenters, selecting, selections
from isocentre.rooms.archive.browsing import actor_of
from isocentre.rooms.archive.models import ImagingStudy, Instance, Selection
from isocentre.rooms.archive.pages import scan_filters
from isocentre.web import fields, formats, names
from isocentre.web.listing import Cell, Column, Filter, Listing, Row, chosen_filters, respond

DAYS = 90
STATES = (("in_use", "In use"), ("ended", "Ended"))
WHAT = "A Selection is a frozen set of images in the state they had, with a purpose and a last day."
EMPTY = (
    "No Selection holds only scans your role covers. The study team and the imaging core make one: they search the "
    "scans and freeze what was found."
)
COLUMNS = (
    Column("title", "Name", "title"), Column("purpose", "What it is for", "purpose"),
    Column("research_studies", "Research studies"), Column("scans", "Scans", "scans", True),
    Column("images", "Images", "size", True), Column("made_by", "Made by", "made_by"),
    Column("last_day", "Last day", "expires_on"), Column("state", "State"),
)  # fmt: skip
SCANS = (
    Column("pseudonym", "Subject", "pseudonym"), Column("research_study", "Research study", "research_study"),
    Column("time_point", "Time point", "time_point"), Column("modalities", "Modality", "modalities"),
    Column("series", "Series", "series_count", True), Column("images", "Images", "instance_count", True),
    Column("study_uid", "UID ends"),
)  # fmt: skip
IMAGES = (
    Column("object_uid", "UID of the image"), Column("series_uid", "UID of its series"),
    Column("study_uid", "UID of its scan"), Column("revision", "Revision", "", True), Column("sha256", "SHA-256"),
)  # fmt: skip


@require_safe
@needs("scans_view")
def listed(request: HttpRequest) -> HttpResponseBase:
    """Selections that hold nothing but what the role covers."""
    by = actor_of(request)
    filters = (Filter("q", "Name, purpose or who made it"), Filter("state", "State", STATES))
    chosen = chosen_filters(request, filters)
    listing = Listing(
        name="selections",
        heading=lambda n: formats.plural(n, "Selection"),
        columns=COLUMNS,
        rows=[one for one in selections.seen(by) if _asked(one, chosen)],
        present=_rows,
        empty=EMPTY,
        sort="title",
        key=lambda row: str(row.name),
        filters=filters,
        intro=WHAT,
    )
    return respond(request, listing)


def _asked(one: Selection, chosen: dict[str, str]) -> bool:
    """Whether the filters ask for it."""
    if chosen["state"] and (chosen["state"] == "in_use") != selections.serves(one):
        return False
    words = f"{one.title} {one.name} {one.purpose} {one.made_by} {names.person(one.made_by)}" if chosen["q"] else ""
    return chosen["q"].casefold() in words.casefold()


def _rows(page: Sequence[Selection]) -> list[Row]:
    titles = names.research_studies({study for one in page for study, _ in one.places})
    makers = names.people({one.made_by for one in page})
    return [Row(one.name, _cells(one, titles, makers)) for one in page]


def _cells(one: Selection, titles: dict[str, str], makers: dict[str, str]) -> tuple[Cell, ...]:
    slugs = sorted({study for study, _ in one.places})
    words, colour = _state(one)
    return (
        Cell(one.title, url=reverse("archive:selection", args=[one.name])),
        Cell(one.purpose),
        Cell("; ".join(titles[slug] for slug in slugs), " ".join(slugs)),
        Cell(formats.number(one.scans), one.scans),
        Cell(formats.number(one.size), one.size),
        Cell(makers[one.made_by] or "Not recorded", one.made_by),
        Cell(formats.date(one.expires_on), one.expires_on),
        Cell(words, tag=colour),
    )


def _state(one: Selection) -> tuple[str, str]:
    return ("In use", "green") if selections.serves(one) else ("Ended", "grey")


@require_safe
@needs("scans_view")
def selection(request: HttpRequest, name: str) -> HttpResponseBase:
    """One Selection and its scans, under the UIDs and labels it shows."""
    by = actor_of(request)
    one = _found(by, name)

    def present(page: Sequence[ImagingStudy]) -> list[Row]:
        titles = names.research_studies({row.research_study for row in page})
        return [Row(row.study_uid, _scan(row, titles, _opened(by, one, row))) for row in page]

    return _part(request, by, one, "selection", "scan", SCANS, selections.scans(by, one), present, "study_uid")


def _opened(by: Actor, one: Selection, row: ImagingStudy) -> str:
    """Where a scan is opened. Under a map no page: it would join what is shown to what is held; for who works under it
    the viewer, which asks under the map."""
    if not one.uid_key:
        return presenters.scan_url(row)
    return presenters.VIEWER + row.study_uid if by.scope.selection == one.name and by.may("images_view") else ""


def _scan(row: ImagingStudy, titles: dict[str, str], opened: str) -> tuple[Cell, ...]:
    return (
        Cell(row.pseudonym, url=opened),
        Cell(titles[row.research_study], row.research_study),
        Cell(row.time_point),
        Cell(presenters.modalities(row)),
        Cell(formats.number(row.series_count), row.series_count),
        Cell(formats.number(row.instance_count), row.instance_count),
        Cell(f"…{row.study_uid[-6:]}", row.study_uid),
    )


@require_safe
@needs("scans_view")
def contents(request: HttpRequest, name: str) -> HttpResponseBase:
    """Every image of a Selection by UID, as the Selection shows it."""
    by = actor_of(request)
    one = _found(by, name)
    shown = selections.map_of(by, one)

    def present(page: Sequence[Instance]) -> list[Row]:
        return [_image(row, mapped=shown is not None) for row in page]

    images: Any = selections.images(by, one)
    # Under a map in memory: the order, and where the next page begins, would tell the UIDs that are held.
    images = images if shown is None else [shown.instance(row) for row in images]
    return _part(request, by, one, "selection_images", "image", IMAGES, images, present, "object_uid")


def _image(row: Instance, *, mapped: bool) -> Row:
    # What is sent under a map is another file than the one held, whose hash would join the two.
    digest = Cell("Differs under its map", "") if mapped else Cell(row.sha256, mono=True)
    uids = (row.object_uid, row.series.series_uid, row.series.study.study_uid)
    return Row(row.object_uid, (*(Cell(uid, mono=True) for uid in uids), Cell(str(row.revision), row.revision), digest))


def _found(by: Actor, name: str) -> Selection:
    one = selections.one(by, name)
    if one is None:
        raise Http404
    return one


def _part(
    request: HttpRequest, by: Actor, one: Selection, part: str, thing: str, columns: Sequence[Column], rows: Any,
    present: Any, key: str,
) -> HttpResponseBase:  # fmt: skip
    if request.GET.get("format") in ("csv", "json"):
        audit.record_read(by=by, action="selection_exported", object_type="selection", object_id=one.name)
    parts = (("selection", "Scans"), ("selection_images", "Images"))
    listing = Listing(
        name=f"selection-{one.name}-{thing}s",
        heading=lambda n: f"{one.title}: {formats.plural(n, thing)}" if selections.serves(one) else one.title,
        columns=columns,
        rows=rows,
        present=present,
        empty="It has ended, and shows nothing any more."
        if not selections.serves(one)
        else "Nothing of it is held any more.",
        sort=key,
        tie=key,
        key=lambda row: str(getattr(row, key)),
        extra={
            "name": one.title,
            "state": _state(one),
            "facts": _facts(one),
            "tabs": [
                {"text": text, "href": reverse(f"archive:{name}", args=[one.name]), "current": name == part}
                for name, text in parts
            ],
            **_acts(by, one),
            # Without a clock for everybody: it was frozen soon after its scans came.
            "history": [(None, words) for _, words in audit.past(by=by, about=[("selection", one.name)])],
        },
    )
    return respond(request, listing, "archive/selection.html")


def _acts(by: Actor, one: Selection) -> dict[str, str]:
    """What this actor can do to it or with it now: work under it, end it, undo that."""
    urls: dict[str, str] = {}
    if by.may("images_view") and selections.serves(one) and by.scope.selection is None:
        urls["act_url"] = reverse("archive:selection_act", args=[one.name])
    if by.may(selections.MAKE) and selections.in_time(one):
        name = "reopen" if one.ended else "end"
        urls[f"{name}_url"] = reverse(f"archive:selection_{name}", args=[one.name])
    return urls


def _ended(one: Selection) -> str:
    return f"By {names.person(one.ended_by)}, because: {one.end_reason}"


def _facts(one: Selection) -> list[tuple[str, str]]:
    studies = names.research_studies({study for study, _ in one.places})
    sites = names.sites({site for _, site in one.places})
    gone = selections.recalled(one)
    mapped = "Other UIDs, and its own labels for subjects where it has them" if one.uid_key else "As they are stored"
    return [
        ("What it is for", one.purpose),
        ("Made by", names.person(one.made_by) or "Not recorded"),
        ("Last day", formats.date(one.expires_on)),
        *([("Ended before it", _ended(one))] if one.ended else []),
        ("Frozen", f"{formats.plural(one.size, 'image')} of {formats.plural(one.scans, 'scan')}"),
        *([("Taken back since by the hospital", formats.plural(gone, "image"))] if gone else []),
        ("Research studies", "; ".join(studies.values())),
        ("Sites", "; ".join(sites.values())),
        ("How it shows them", mapped),
        ("For programs", f"A token of an administrator, with the scope selection:{one.name}"),
        ("SHA-256 of the list", one.digest),
    ]


@needs(selections.MAKE)
def freeze(request: HttpRequest) -> HttpResponse:
    """Freeze what a search of the scans found; the search is in the address, as on the list of scans."""
    by = actor_of(request)
    chosen = chosen_filters(request, scan_filters(by))
    rows = browsing.scans(by, chosen)
    count = rows.count()
    images = selections.found(by, chosen).count()

    def save(typed: dict[str, str]) -> str:
        day = typed["last_day"]
        made = selections.freeze_scans(
            by=by, chosen=chosen, title=typed["title"], purpose=typed["purpose"], last_day=parse_day(day),
            relabel=typed["relabel"] == "yes",
        )  # fmt: skip
        return reverse("archive:selection", args=[made.name])

    last = selecting.last_day(selections.places(by, chosen), timezone.localdate() + timedelta(days=DAYS))
    form = fields.Form(
        title=f"Freeze {formats.plural(count, 'scan')} as a Selection",
        fields=(
            fields.Field("title", "Name", "Small letters, figures and dashes, like lung-readers", width="20"),
            fields.Field("purpose", "What it is for", "Like: central reading of week 8"),
            fields.Field("last_day", "Last day", f"Like {formats.date(last)}, within 366 days", width="10"),
            fields.Field(
                "relabel",
                "Show other UIDs, and subjects as S-001, S-002 and so on",
                "For whoever must not join these images to what is stored here, or to subject ids",
                "tick",
            ),
        ),
        values={"last_day": last.isoformat()},
        save=save,
        saved="The Selection is frozen. An administrator makes tokens for it.",
        back=f"{reverse('archive:scans')}?{request.GET.urlencode()}",
        back_text="Scans",
        intro=f"{formats.plural(images, 'image')} in the state they have now. {WHAT}",
        button="Freeze",
    )
    return fields.handle(request, form)


@needs("images_view")
@require_POST
def act(request: HttpRequest, name: str) -> HttpResponse:
    """Work under a Selection until one leaves it: every page, the viewer and DICOMweb show what it holds."""
    by = actor_of(request)
    one = _found(by, name)
    if not selections.serves(one):
        messages.error(request, "The Selection has ended, so nobody can work under it.")
        return redirect("archive:selection", name=name)
    audit.record(by=by, entries=[audit.Entry("selection_chosen", "selection", name)])
    choose_selection(request, name=name, title=one.title, places=one.places)
    messages.success(request, f"You see what the Selection {one.title} holds, until you leave it at the top of a page.")
    return redirect("archive:selection", name=name)


@needs(selections.MAKE)
def end(request: HttpRequest, name: str) -> HttpResponse:
    """End a Selection at once, for a reason."""
    by = actor_of(request)
    one, back = _found(by, name), reverse("archive:selection", args=[name])

    def save(typed: dict[str, str]) -> str:
        selections.end(by=by, name=name, reason=typed["reason"])
        return back

    what = f"{formats.plural(one.size, 'image')} of {formats.plural(one.scans, 'scan')}"
    form = fields.Form(
        title=f"End the Selection {one.title}",
        fields=(fields.Field("reason", "Why it ends", "For the audit trail"),),
        values={},
        save=save,
        saved=f"The Selection {one.title} has ended. Nothing is shown under it any more.",
        back=back,
        back_text=one.title,
        intro=f"Programs and people who work under it no longer see its {what}, at once. The scans stay in the "
        f"repository. Until its last day, {formats.date(one.expires_on)}, this can be undone.",
        button="End it now",
    )
    return fields.handle(request, form)


@needs(selections.MAKE)
@require_POST
def reopen(request: HttpRequest, name: str) -> HttpResponse:
    """Undo the end of a Selection."""
    try:
        selections.reopen(by=actor_of(request), name=name)
    except KeyError:
        raise Http404 from None
    except Unfit as unfit:
        messages.error(request, " ".join(unfit.errors.values()) + ".")
    else:
        messages.success(request, "The Selection is in use again, until its last day.")
    return redirect("archive:selection", name=name)
