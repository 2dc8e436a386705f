"""Pages of the sample: scans that were sent on and drawn for a human look, one of them, and what was seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from isocentre.audit import door as audit
from isocentre.core.checks import Unfit
from isocentre.core.deid.attributes import attribute
from isocentre.people.guard import needs
from isocentre.rooms.deid import ruling, sampling, showing, trying
from isocentre.rooms.deid.models import Rule, SampledScan
from isocentre.rooms.deid.review_views import tabs
from isocentre.rooms.intake import door as intake
from isocentre.web import fields, formats, names
from isocentre.web.listing import Cell, Column, Filter, Listing, Row, chosen_filters, respond

STATES = {"": ("To be looked at", "blue"), "clean": ("Nothing identifying seen", "green"),
          "seen": ("Something identifying seen", "red")}  # fmt: skip
MOST_LINES = 200
SEEN_NOW = (
    "It is a finding now: make a rule of it, so that no other scan goes on like this. The scan itself has left the "
    "hospital: tell the data protection officer and the study team today."
)


@require_safe
@needs("held_view")
def sample(request: HttpRequest) -> HttpResponseBase:
    """Drawn scans, and how sure people may be of the rest."""
    by = intake.actor_of(request)
    filters = (
        Filter("research_study", "Research study", tuple(intake.accepted(by))),
        Filter("verdict", "State", (("clean", STATES["clean"][0]), ("seen", STATES["seen"][0]), ("all", "All")),
               blank=STATES[""][0]),
    )  # fmt: skip
    chosen = chosen_filters(request, filters)
    mine = sampling.visible(by)
    if chosen["research_study"]:
        mine = mine.filter(research_study=chosen["research_study"])
    verdict, titles = chosen["verdict"], intake.titles()

    def present(page: Sequence[SampledScan]) -> list[Row]:
        return [Row(str(one.pk), _cells(one, titles)) for one in page]

    listing = Listing(
        name="sample",
        heading=lambda n: f"{formats.plural(n, 'drawn scan')}" + ("" if verdict else " to look at"),
        columns=(Column("scan", "Scan"), Column("research_study", "Research study", "research_study"),
                 Column("drawn", "Sent on", "drawn_at"), Column("state", "State", "verdict"),
                 Column("by", "Judged by", "judged_by")),
        rows=mine if verdict == "all" else mine.filter(verdict=verdict),
        present=present,
        empty="No scan waits to be looked at. Those that are drawn when they are sent on show here by themselves.",
        sort="drawn_at",
        filters=filters,
        intro="Some of the scans that were sent on are drawn for people to look at, before their originals are erased: "
        "is anything left in them that tells who the patient is? These pages name patients.",
        extra={"tabs": tabs("sample"), "bound": sampling.bound(mine), "percent": f"{sampling.percent():g}",
               "may_set": by.may(ruling.CONFIRM)},
    )  # fmt: skip
    return respond(request, listing, "deid/sample.html")


def _cells(one: SampledScan, titles: dict[str, str]) -> tuple[Cell, ...]:
    text, colour = STATES[one.verdict]
    return (
        Cell(f"Scan {one.row}", one.row, reverse("deid:sampled", args=[one.pk])),
        Cell(titles.get(one.research_study, one.research_study), one.research_study),
        Cell(formats.ago(one.drawn_at), one.drawn_at),
        Cell(text, one.verdict or "waiting", tag=colour),
        Cell(names.person(one.judged_by)),
    )


def _scan(request: HttpRequest, pk: int) -> SampledScan:
    one = sampling.visible(intake.actor_of(request)).filter(pk=pk).first()
    if one is None:
        raise Http404
    return one


@require_safe
@never_cache
@needs("held_view")
def sampled(request: HttpRequest, pk: int) -> HttpResponse:
    """One drawn scan: original beside what was sent on, image by image, with the texts that stayed."""
    return _page(request, _scan(request, pk), {}, {})


def _page(request: HttpRequest, one: SampledScan, typed: dict[str, str], errors: dict[str, str]) -> HttpResponse:
    by, images = intake.actor_of(request), sampling.images_of(one)
    audit.record_read(by=by, action="sample_viewed", object_type="scan", object_id=str(one.row))
    asked = request.POST if request.method == "POST" else request.GET
    at, frame = _number(asked.get("image"), len(images)), 1
    shown: dict[str, Any] = {
        "one": one, "title": f"Scan {one.row}", "study": names.research_study(one.research_study),
        "state": STATES[one.verdict], "images": len(images), "at": at, "typed": typed, "errors": errors,
        "judged": names.person(one.judged_by), "may_judge": by.may(ruling.MAKE) and not one.verdict and bool(images),
        "rules": _rules(one), "life": reverse("scan", args=[one.row]), "marks": sorted(one.marks.items()),
    }  # fmt: skip
    if images:
        row, image = images[at - 1]
        frames = showing.frames_of(row)
        frame = _number(asked.get("frame"), frames)
        address = [reverse("deid:sampled_picture", args=[one.pk, at, frame, side]) for side in ("original", "result")]
        shown |= {
            "row": row, "frames": frames, "frame": frame, "original": address[0], "result": address[1],
            "boxes": len(image.boxes), "lines": _lines(row),
        }  # fmt: skip
    return render(request, "deid/sampled.html", shown, status=400 if errors else 200)


def _number(text: str | None, most: int) -> int:
    """A number from 1 to `most`; 1 for anything else."""
    return min(max(int(text), 1), max(most, 1)) if text and text.isascii() and text.isdigit() and len(text) < 8 else 1


def _rules(one: SampledScan) -> list[dict[str, str]]:
    """Rules that had a part in it, and what it would mean that one was wrong."""
    used = sampling.rules_of(one)
    kinds = dict(Rule.objects.filter(code__in=[name.partition(" ")[0] for name in used]).values_list("code", "kind"))
    wrong = {"allow": "what it let stay identifies", "keep": "what it let stay identifies"}
    return [
        {"name": name, "key": f"rule-{number}", "wrong": wrong.get(kinds.get(name.partition(" ")[0], ""),
         "nothing it took away could identify anybody")}
        for number, name in enumerate(used)
    ]  # fmt: skip


def _lines(row: Any) -> list[Any]:
    """Texts that stayed, or were changed, in the header of an image, before and after."""
    made = trying.attempt_pinned(row)
    texts = [line for line, _ in made.lines if line.new and line.done in ("Kept", "Changed") and _is_text(line.new)]
    return [{"name": attribute(line.tag).name, "code": line.code, "old": line.old, "new": line.new}
            for line in texts[:MOST_LINES]]  # fmt: skip


def _is_text(value: str) -> bool:
    """Whether a value has words in it: no number, no UID."""
    return sum(map(str.isalpha, value)) > 2


@require_safe
@never_cache
@needs("held_view")
def picture(request: HttpRequest, pk: int, image: int, frame: int, side: str) -> HttpResponse:
    """One frame as PNG: as it came, or as it was sent on."""
    one = _scan(request, pk)
    images = sampling.images_of(one)
    if side not in ("original", "result") or not 0 < image <= len(images):
        raise Http404
    audit.record_read(
        by=intake.actor_of(request), action="sample_viewed", object_type="scan", object_id=str(one.row)
    )  # fmt: skip
    row, drawn = images[image - 1]
    boxes = [tuple(box[1:5]) for box in drawn.boxes] if side == "result" else []
    made = showing.png(row, frame - 1, boxes)
    if made is None:
        raise Http404
    return HttpResponse(made, content_type="image/png")


@needs(ruling.MAKE)
@require_POST
@never_cache
def judge(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what a person saw."""
    one, by = _scan(request, pk), intake.actor_of(request)
    typed = {name: request.POST.get(name, "").strip() for name in ("verdict", "where")}
    marks = {rule["name"]: request.POST.get(rule["key"], "") for rule in _rules(one)}
    images = sampling.images_of(one)
    image = images[_number(request.POST.get("image"), len(images)) - 1][0].pk if images else 0
    try:
        done = sampling.judge(by=by, pk=pk, marks=marks, image=image, **typed)
    except Unfit as unfit:
        return _page(request, one, typed, unfit.errors)
    if done.verdict == sampling.SEEN:
        messages.warning(request, SEEN_NOW)
        return redirect(f"{reverse('deid:review')}?cause={sampling.SEEN}")
    messages.success(request, f"Kept: nothing identifying seen in scan {one.row}.")
    return redirect("deid:sample")


@needs(ruling.CONFIRM)
def settings(request: HttpRequest) -> HttpResponse:
    """How many of a hundred scans are drawn, as a form."""
    by = intake.actor_of(request)

    def save(typed: dict[str, str]) -> str:
        sampling.set_percent(by=by, wanted=_share(typed["percent"]), reason=typed["reason"])
        return reverse("deid:sample")

    form = fields.Form(
        title="How many scans are looked at",
        fields=(
            fields.Field("percent", "Of a hundred scans that are sent on, how many are drawn",
                         f"0 to 100. At first {sampling.PERCENT:g}", width="4"),
            fields.Field("reason", "Why it is changed", "Kept in the audit trail"),
        ),
        values={"percent": f"{sampling.percent():g}"},
        save=save,
        saved="It holds for scans that are sent on from now.",
        back=reverse("deid:sample"),
    )  # fmt: skip
    return fields.handle(request, form)


def _share(text: str) -> float | None:
    plain = text.replace(".", "", 1)
    return float(text) if text.isascii() and plain.isdigit() and len(text) < 8 else None
