"""Pages of "wrong patient": take a scan or some of its series back, and what became of it on the national side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from isocentre.audit import door as audit
from isocentre.people.guard import afresh, needs
from isocentre.rooms.intake import elsewhere, life_steps, recall_words, recalling, viewing
from isocentre.rooms.intake.models import LedgerRow, Recall
from isocentre.rooms.intake.scans import Scan
from isocentre.rooms.intake.scans import scan as find_scan
from isocentre.rooms.intake.viewing import actor_of
from isocentre.web import fields, formats
from isocentre.web.listing import Cell, Column, Listing, Row, respond

COLUMNS = (
    Column("at", "Taken back", "at"), Column("scan", "Scan"),
    Column("research_study", "Research study", "research_study"),
    Column("images", "Images", "images", True), Column("sent", "Of which sent on", "sent", True),
    Column("state", "National side"), Column("receipts", "What it answered"),
    Column("again", "Sent again and refused", numeric=True), Column("reason", "Why"), Column("by", "By", "by"),
)  # fmt: skip
WHAT = (
    "Each scan that was taken back here, and what the national side answered about its images. What is told there "
    "names nobody. While the national side is away it waits here."
)
WHY = "Kept in the audit. Like: scanned under the previous patient. Do not name the patient"


def tabs(current: str) -> dict[str, Any]:
    """The two lists beside each other."""
    pages = (("intake:recalls", "Taken back"), ("intake:rejection_notes", "Rejection notes"))
    return {"tabs": [{"text": text, "href": reverse(name), "current": name == current} for name, text in pages]}


@needs(recalling.PERMISSION)
@require_safe
def recalls(request: HttpRequest) -> HttpResponseBase:
    """Every scan taken back in the actor's scope, the newest first."""
    by = actor_of(request)
    titles = viewing.titles()

    def present(page: Sequence[Recall]) -> list[Row]:
        keys = [one.pk for one in page]
        told, came = recall_words.receipts(keys), recall_words.again(keys)
        mine = LedgerRow.objects.filter(pk__in=[one.row for one in page]).select_related("arrival")
        rows = {row.pk: row for row in mine}
        found = []
        for one in page:
            words, colour = recall_words.state(one, told)
            row = rows.get(one.row)
            n = came.get(one.pk, 0)
            cells = (
                Cell(formats.moment(one.at), one.at),
                Cell(life_steps.title(row) if row else "Scan", url=reverse("scan", args=[one.row])),
                Cell(titles.get(one.research_study, one.research_study), one.research_study),
                Cell(formats.number(one.images), one.images), Cell(formats.number(one.sent), one.sent),
                Cell(words, tag=colour), Cell("; ".join(words for _, words in told.get(one.pk, []))),
                Cell(formats.number(n), n), Cell(one.reason), Cell(recall_words.who(one), one.by),
            )  # fmt: skip
            found.append(Row(str(one.pk), cells))
        return found

    listing = Listing(
        name="recalls",
        heading=lambda n: f"{formats.plural(n, 'scan')} taken back",
        columns=COLUMNS,
        rows=Recall.objects.filter(viewing.within(by, "site")),
        present=present,
        empty="No scan was taken back. Where one is of the wrong patient, its page leads to it: Wrong patient.",
        sort="-at",
        intro=WHAT,
        extra=tabs("intake:recalls"),
    )
    return respond(request, listing, "intake/list.html")


@needs(recalling.PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def recall(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Say what will happen to how many images, ask which series and why, and take them back."""
    by = actor_of(request)
    scan = find_scan(by=by, key=str(pk))
    series = recalling.parts(by=by, key=pk)
    if scan is None or not series:
        raise Http404  # before anybody is asked who they are
    return _recall(request, pk, scan, series)


@afresh
def _recall(request: HttpRequest, pk: int, scan: Scan, series: Sequence[recalling.Part]) -> HttpResponseBase:
    by = actor_of(request)
    if request.method != "POST":
        audit.record_read(by=by, action="scan_viewed", object_type="scan", object_id=scan.key)
    chosen = {str(n): one for n, one in enumerate(series, 1)}

    def save(typed: dict[str, str]) -> str:
        wanted = [chosen[n].series_uid for n in typed["series"].split(",") if n in chosen]
        recalling.recall(by=by, key=pk, series=wanted, reason=typed["reason"])
        return reverse("scan", args=[pk])

    copies = elsewhere.copies(scan.first.study_uid)
    options = tuple((n, f"{one.words}: {formats.plural(one.images, 'image')}") for n, one in chosen.items())
    made = fields.Form(
        title="Wrong patient: take this scan back", caption=life_steps.title(scan.first),
        fields=(
            fields.Field("series", "Which series are of another patient than they say", kind="ticks", options=options),
            fields.Field("reason", "Why", WHY),
        ),
        values={"series": ",".join(chosen), "reason": ""}, save=save,
        saved="The scan is taken back. This page says when the national side has confirmed it.",
        back=reverse("scan", args=[pk]), back_text="The life of this scan", intro=_effect(series, copies),
        button="Take it back", warning=True,
    )  # fmt: skip
    return fields.handle(request, made)


def _effect(series: Sequence[recalling.Part], copies: Mapping[str, int]) -> str:
    images, sent = sum(one.images for one in series), sum(one.sent for one in series)
    said = []
    if sent:
        said.append(
            f"{formats.plural(sent, 'image')} had been sent on: the national side is told to remove "
            f"{'it' if sent == 1 else 'them'} from everywhere, and its answer is shown on the scan's page. While it is "
            "away this waits."
        )
    if images > sent:
        left = images - sent
        said.append(f"{formats.plural(left, 'image')} had not been sent on, and never will be.")
    if copies:
        where = ", ".join(f"{formats.plural(n, 'image')} at {name}" for name, n in sorted(copies.items()))
        said.append(
            f"Copies of this scan are elsewhere too: {where}. Of those you take back each is then listed as to be "
            "deleted there: nobody can delete it from here, so a person asks for it and records the answer."
        )
    said.append(
        "It holds for every research study this scan is in. It cannot be undone: sent again as it is now, the scan is "
        "refused. Put right in the picture archive and sent again under the right patient, it goes on, once."
    )
    return " ".join(said)
