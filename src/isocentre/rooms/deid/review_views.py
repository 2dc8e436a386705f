"""Pages of the review loop: findings by cause, one finding with original and result, and the decision about it."""

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
from isocentre.rooms.deid import deciding, findings, review_words, ruling, showing
from isocentre.rooms.deid.models import Finding
from isocentre.rooms.intake import door as intake
from isocentre.web import formats, names
from isocentre.web.listing import Cell, Column, Filter, Listing, Row, chosen_filters, respond

LIST = "deid:review"


def title_of(cause: str) -> str:
    """A cause in words."""
    return review_words.TITLES.get(cause) or intake.causes.cause(cause).title


@needs("held_view")
def review(request: HttpRequest) -> HttpResponseBase:
    """Findings that wait for a person, by cause."""
    by = intake.actor_of(request)
    groups = findings.by_cause(by)
    causes = tuple((one.cause, title_of(one.cause)) for one in groups)
    filters = (
        Filter("cause", "Cause", causes),
        Filter("what", "Where", tuple(review_words.WHAT.items())),
        Filter("research_study", "Research study", tuple(intake.accepted(by))),
        Filter("state", "State", (("decided", "Decided"), ("gone", "Not held any more")), blank="Open"),
    )
    chosen = chosen_filters(request, filters)
    rows = findings.visible(by).filter(state=chosen.pop("state") or "open")
    rows = rows.filter(**{name: value for name, value in chosen.items() if value}).select_related("rule")
    titles = intake.titles()

    def present(page: Sequence[Finding]) -> list[Row]:
        return [Row(str(one.pk), _cells(one, titles)) for one in page]

    listing = Listing(
        name="review",
        heading=lambda n: f"{formats.plural(n, 'finding')} to review" if not request.GET.get("state") else
        formats.plural(n, "finding"),
        columns=(Column("finding", "Finding"), Column("cause", "Why", "cause"),
                 Column("research_study", "Research study", "research_study"),
                 Column("images", "Images", "images", True), Column("since", "Since", "first_at"),
                 Column("state", "State")),
        rows=rows,
        present=present,
        empty="Nothing waits to be reviewed. What may name a patient, in pictures or in text, shows here by itself.",
        sort="first_at",
        filters=filters,
        intro="What may name a patient, in images that are held or were cleaned. A decision may become a rule for all "
        "that are like it. These pages name patients: look where nobody stands behind you.",
        extra={"groups": [_group(one) for one in groups], "tabs": tabs("review")},
    )  # fmt: skip
    return respond(request, listing, "deid/review.html")


def tabs(current: str) -> list[dict[str, Any]]:
    """The pages of the review loop."""
    pages = ((LIST, "review", "Findings"), ("deid:rules", "rules", "Rules"), ("deid:sample", "sample", "Sample"))
    return [{"text": text, "href": reverse(url), "current": key == current} for url, key, text in pages]


def _group(one: findings.Group) -> dict[str, Any]:
    return {"title": title_of(one.cause), "url": f"{reverse(LIST)}?cause={one.cause}", "one": one}


def _cells(one: Finding, titles: dict[str, str]) -> tuple[Cell, ...]:
    text, colour = _state(one)
    # A text may name a patient: a file that is carried away says where it was found alone.
    plain = review_words.like(one) if one.sop_class else review_words.where(one)
    of = f", scan {one.row}" if one.study_uid else ""
    return (
        Cell(f"{review_words.like(one)}{of}", f"{plain}{of}", reverse("deid:finding", args=[one.pk])),
        Cell(title_of(one.cause), one.cause),
        Cell(titles.get(one.research_study, one.research_study), one.research_study),
        Cell(formats.number(one.images), one.images),
        Cell(formats.ago(one.first_at), one.first_at),
        Cell(text, tag=colour),
    )


def _state(one: Finding) -> tuple[str, str]:
    if one.state == "gone":
        return "Not held any more", "grey"
    if one.state == "open":
        return "Open", "blue"
    if one.rule is not None and one.rule.state == "waiting":
        return "Rule waits for a second person", "orange"
    return "Decided", "green"


def _finding(request: HttpRequest, pk: int) -> Finding:
    one = findings.visible(intake.actor_of(request)).filter(pk=pk).select_related("rule").first()
    if one is None:
        raise Http404
    return one


@require_safe
@never_cache
@needs("held_view")
def finding(request: HttpRequest, pk: int) -> HttpResponse:
    """One finding in its context; a look that the audit trail keeps."""
    return _page(request, _finding(request, pk), {}, {})


def _page(request: HttpRequest, one: Finding, typed: dict[str, Any], errors: dict[str, str]) -> HttpResponse:
    by = intake.actor_of(request)
    audit.record_read(by=by, action="finding_viewed", object_type="scan", object_id=str(one.row))
    row = findings.rows_of(one).first() if one.cause != findings.TEXT else None
    if one.state == "open" and row is not None and one.what == "picture":
        findings.want(one)
    count, images = findings.alike_open(one)
    shown: dict[str, Any] = {
        "title": title_of(one.cause), "one": one, "like": review_words.like(one), "state": _state(one),
        "study": names.research_study(one.research_study), "alike": (count, images), "row": row,
        "typed": {"decision": "", "reason": "", "scope": "like", **typed}, "errors": errors,
        "scan": reverse("scan", args=[row.pk]) if row is not None else "",
        "decided": names.person(one.decided_by), "tabs": tabs("review"),
        "may_rule": by.may(ruling.MAKE), "may_stop": by.may("held_act") and one.cause in findings.HELD_CAUSES,
        "held_kind": one.cause in deciding.HELD_KINDS, "rule": one.rule and review_words.name(one.rule),
        "attribute": attribute(one.tag) if one.tag else None,
    }  # fmt: skip
    if row is not None and one.what == "picture":
        shown |= showing.context(one, row, request.POST if request.method == "POST" else request.GET)
    return render(request, "deid/finding.html", shown, status=400 if errors else 200)


@require_safe
@never_cache
@needs("held_view")
def picture(request: HttpRequest, pk: int, frame: int, side: str) -> HttpResponse:
    """One frame as PNG, as it came or with boxes black; it may name the patient, so nothing of it is stored."""
    one = _finding(request, pk)
    row = findings.rows_of(one).first()
    if row is None or one.what != "picture" or side not in ("original", "result"):
        raise Http404
    audit.record_read(
        by=intake.actor_of(request), action="finding_viewed", object_type="scan", object_id=str(one.row)
    )  # fmt: skip
    boxes = showing.typed_boxes(request.GET.getlist("box")) if side == "result" else ()
    made = showing.png(row, frame - 1, boxes or ())
    if made is None:
        raise Http404
    return HttpResponse(made, content_type="image/png")


@needs(ruling.MAKE, "held_act")
@require_POST
@never_cache
def decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Carry out a decision, or show what its boxes would do; the page again with words when it cannot be."""
    one, by = _finding(request, pk), intake.actor_of(request)
    typed = {name: request.POST.get(name, "").strip() for name in ("decision", "reason", "scope", "more")}
    places = [*request.POST.getlist("place"), *typed["more"].replace(";", "\n").splitlines()]
    boxes = showing.typed_boxes(places)
    try:
        if boxes is None:
            words = "A box is four whole numbers: left, top, right, bottom, with commas between"
            raise Unfit({"more": words})
        if request.POST.get("preview"):
            return _page(request, one, typed, {})
        asked = deciding.Asked(typed["decision"], typed["reason"], boxes, typed["scope"] == "scan")
        done = deciding.decide(by=by, pk=pk, asked=asked)
    except Unfit as unfit:
        return _page(request, one, typed, unfit.errors)
    _say(request, done, typed["decision"])
    return redirect(LIST)


def _say(request: HttpRequest, done: deciding.Decided, decision: str) -> None:
    if not done.rules:
        what = {"leave_out": "left out", "reject": "rejected"}.get(decision)
        words = f"{formats.plural(done.images, 'image')} {what}." if what else "A rule for it is in force already."
        messages.success(request, words)
    for one in done.rules:
        waits = "waits for a second person under Rules" if one.state == "waiting" else "is in force: held images like "
        waits += "it are run again" if one.state != "waiting" else ""
        messages.success(request, f"Rule {review_words.name(one)} {waits}.")
