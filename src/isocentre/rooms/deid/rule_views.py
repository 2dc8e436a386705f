"""Pages of rules that people made of findings: the list, one rule, and what a second person confirms."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from isocentre.audit import door as audit
from isocentre.core.checks import Unfit
from isocentre.people.guard import needs
from isocentre.rooms.deid import carrying, findings, review_words, ruling, sampling
from isocentre.rooms.deid.models import Rule
from isocentre.rooms.deid.review_views import tabs
from isocentre.rooms.intake import door as intake
from isocentre.web import formats, names
from isocentre.web.listing import Cell, Column, Filter, Listing, Row, chosen_filters, respond


@require_safe
@needs("held_view")
def rules(request: HttpRequest) -> HttpResponseBase:
    """Every rule in its versions, how often each was used."""
    states = tuple((key, words) for key, (words, _) in review_words.STATES.items())
    filters = (
        Filter("kind", "What it does", tuple(review_words.KINDS.items())),
        Filter("state", "State", states),
        Filter("effect", "Effect", (("widens", "In force, and more passes by it"),)),
    )
    chosen = {name: value for name, value in chosen_filters(request, filters).items() if value}
    found = ruling.widening() if chosen.pop("effect", "") else Rule.objects.all()

    def present(page: Sequence[Rule]) -> list[Row]:
        people = names.people({one.made_by for one in page})
        return [Row(str(one.pk), _cells(one, people)) for one in page]

    listing = Listing(
        name="rules",
        heading=lambda n: formats.plural(n, "rule version"),
        columns=(Column("rule", "Rule", "code"), Column("kind", "What it does", "kind"), Column("about", "Like it"),
                 Column("state", "State", "state"), Column("uses", "Images it was used for", "uses", True),
                 Column("made", "Made", "made_at"), Column("by", "By", "made_by")),
        rows=found.filter(**chosen),
        present=present,
        empty="No rule has been made. A decision about a finding makes one.",
        sort="-made_at",
        filters=filters,
        intro="A rule is what people decided of a finding, for all that are like it. Where more passes by it than "
        "before, or without it than now, a second person confirms it.",
        extra={"tabs": tabs("rules"), "may_take": intake.actor_of(request).may(ruling.MAKE)},
    )  # fmt: skip
    return respond(request, listing, "deid/rules.html")


def _cells(one: Rule, people: dict[str, str]) -> tuple[Cell, ...]:
    text, colour = review_words.STATES[one.state]
    plain = review_words.like(one) if one.sop_class else one.tag
    return (
        Cell(review_words.name(one), url=reverse("deid:rule", args=[one.pk])),
        Cell(review_words.KINDS[one.kind], one.kind),
        Cell(review_words.like(one), plain),
        Cell(text, one.state, tag=colour),
        Cell(formats.number(one.uses), one.uses),
        Cell(formats.moment(one.made_at), one.made_at),
        Cell(people.get(one.made_by, one.made_by)),
    )


@require_safe
@needs("held_view")
def rule(request: HttpRequest, pk: int) -> HttpResponse:
    """One version of a rule: what it is about, what it does, who made and confirmed it, how often it was used."""
    return _page(request, pk, {})


def _page(request: HttpRequest, pk: int, errors: dict[str, str]) -> HttpResponse:
    one, by = Rule.objects.filter(pk=pk).first(), intake.actor_of(request)
    if one is None:
        raise Http404
    text, colour = review_words.STATES[one.state]
    mine = by.same_person(review_words.waits_for(one))
    waits = one.state in ("waiting", "retiring")
    shown = {
        "title": review_words.name(one), "one": one, "kind": review_words.KINDS[one.kind],
        "tag": {"text": text, "colour": colour}, "facts": _facts(one), "who": review_words.who(one),
        "may_confirm": waits and by.may(ruling.CONFIRM) and not mine, "mine": waits and mine,
        "may_refuse": waits and (by.may(ruling.MAKE) if mine else by.may(ruling.CONFIRM)),
        "may_retire": one.state == "in_force" and by.may(ruling.MAKE), "errors": errors,
        "retires_alone": ruling.plain(one).widens, "typed": request.POST.get("reason", ""),
        "versions": Rule.objects.filter(code=one.code).exclude(pk=pk).order_by("-version"),
        "finding": findings.visible(by).filter(rule=one).order_by("pk").first(), "tabs": tabs("rules"),
        "history": audit.past(by=by, about=[("rule", review_words.name(one))]),
    }  # fmt: skip
    return render(request, "deid/rule.html", shown, status=400 if errors else 200)


def _facts(one: Rule) -> list[tuple[str, str]]:
    made = f"{formats.moment(one.made_at)} by {names.person(one.made_by)}" + (", from a file" if one.imported else "")
    confirmed = f"{formats.moment(one.confirmed_at)} by {names.person(one.confirmed_by)}" if one.confirmed_by else ""
    used = f"{formats.plural(one.uses, 'image')}" + (f", last {formats.ago(one.used_at)}" if one.used_at else "")
    places = "; ".join(", ".join(map(str, box)) for box in one.boxes)
    rows = [
        ("What it does", review_words.does(one)), ("What is like it", review_words.about(one)),
        *([("Boxes (left, top, right, bottom)", places)] if places else []),
        ("Why", one.reason), ("Made", made),
        ("Confirmed", confirmed or ("Not yet" if one.state == "waiting" else "Not needed: it narrows what passes")),
        ("Used for", used), ("Wrong, as people judged it in the sample", sampling.wrong_rate(review_words.name(one))),
    ]  # fmt: skip
    if one.ended_by or one.asked_by:
        when = formats.moment(one.ended_at) if one.ended_at else "Asked"
        rows.append(("Ended", f"{when} by {names.person(one.ended_by or one.asked_by)}: {one.ended_why}"))
    if one.rerun:
        rows.append(("Held images like it", "Are being run again"))
    return rows


@require_safe
@needs("held_view")
def export(request: HttpRequest) -> HttpResponse:
    """The rules in force as a file, for another hospital side; no rule of one scan, and no phrase that goes."""
    audit.record_read(by=intake.actor_of(request), action="rules_exported", object_type="rule", object_id="all")
    answer = HttpResponse(carrying.exported(), content_type="application/json")
    answer["Content-Disposition"] = 'attachment; filename="isocentre-rules.json"'
    return answer


@needs(ruling.MAKE)
@require_POST
def take(request: HttpRequest) -> HttpResponse:
    """Take a file of rules in; each waits for somebody else to accept it."""
    upload = request.FILES.get("file")
    try:
        if upload is None:
            raise Unfit({"file": "Choose the file of rules"})
        done = carrying.take(by=intake.actor_of(request), file=upload.read(carrying.LARGEST + 1))
    except Unfit as unfit:
        messages.error(request, " ".join(unfit.errors.values()) + ".")
    else:
        verb = "waits" if done.waiting == 1 else "wait"
        messages.success(request, f"{formats.plural(done.waiting, 'rule')} {verb} for somebody else to accept; "
                         f"{done.known} were here already.")  # fmt: skip
    return redirect("deid:rules")


Act = Callable[[HttpRequest, int], Rule]


@needs(ruling.CONFIRM)
@require_POST
def confirm(request: HttpRequest, pk: int) -> HttpResponse:
    """A second person accepts what waits."""
    return _done(request, pk, lambda r, p: ruling.confirm(by=intake.actor_of(r), pk=p))


@needs(ruling.MAKE, ruling.CONFIRM)
@require_POST
def refuse(request: HttpRequest, pk: int) -> HttpResponse:
    """What waits is refused, or taken back by who asked."""
    reason = request.POST.get("reason", "").strip()
    return _done(request, pk, lambda r, p: ruling.refuse(by=intake.actor_of(r), pk=p, reason=reason))


@needs(ruling.MAKE)
@require_POST
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    """End a rule, at once or once a second person confirms it."""
    reason = request.POST.get("reason", "").strip()
    return _done(request, pk, lambda r, p: ruling.retire(by=intake.actor_of(r), pk=p, reason=reason))


def _done(request: HttpRequest, pk: int, act: Act) -> HttpResponse:
    if not Rule.objects.filter(pk=pk).exists():
        raise Http404
    try:
        one = act(request, pk)
    except Unfit as unfit:
        return _page(request, pk, unfit.errors)
    words: Any = {
        "in_force": "is in force" + (": held images like it are run again." if one.rerun else "."),
        "retired": "is retired.", "refused": "is refused; its findings are open again.",
        "retiring": "is to be retired: a second person confirms it.",
    }  # fmt: skip
    messages.success(request, f"Rule {review_words.name(one)} {words[one.state]}")
    return redirect("deid:rule", pk=pk)
