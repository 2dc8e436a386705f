"""Pages of patient numbers: what other systems say of them, what a person decides, and saying it by form."""

from __future__ import annotations

from collections.abc import Sequence

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.checks import Checks, Unfit
from isocentre.core.hl7.notices import Kind, Notice, Number
from isocentre.people.guard import needs
from isocentre.rooms.intake import viewing
from isocentre.rooms.intake.enrolment_views import released
from isocentre.rooms.intake.identities import asking, deciding, moving, words
from isocentre.rooms.intake.identities.rows import IdentityQuestion
from isocentre.rooms.intake.viewing import actor_of
from isocentre.web import fields, formats, names
from isocentre.web.listing import Cell, Column, Filter, Listing, Row, chosen_filters, respond

OPEN, DECIDED = IdentityQuestion.OPEN, (IdentityQuestion.SETTLED, IdentityQuestion.KEPT)
COLUMNS = (
    Column("kind", "What is said", "kind"), Column("subjects", "Subjects concerned"),
    Column("source", "Said by", "told_by"), Column("at", "First said", "at"),
    Column("seen", "Times said", "seen", True), Column("state", "State", "state"), Column("by", "Decided by"),
    Column("reason", "Why"),
)  # fmt: skip
FILTERS = (
    Filter("state", "State", tuple((key, words.STATES[key][0]) for key in DECIDED), blank=words.STATES[OPEN][0]),
)
WHAT = (
    "What other systems say of the numbers of people enrolled here: two are one person's, records were moved, or a "
    "scan stands under another number in the picture archive. Nothing changes here before somebody decides."
)
WHY = "Kept in the audit. Do not name the patient"
KINDS = (
    (Kind.MERGE, "Both numbers are of one person"),
    (Kind.MOVE, "What was filed under the second number belongs to the first"),
    (Kind.UNLINK, "They are two people, who were taken for one"),
)
NOBODY = "Nobody who is enrolled here has one of these numbers, so nothing was kept"


@needs(deciding.PERMISSION)
@require_safe
def numbers(request: HttpRequest) -> HttpResponseBase:
    """Questions about people in the actor's scope, the open ones unless others are asked for; no number of anybody."""
    by = actor_of(request)
    chosen = chosen_filters(request, FILTERS)
    listing = Listing(
        name="patient-numbers",
        heading=lambda n: f"{formats.plural(n, 'question')} about patient numbers",
        columns=COLUMNS,
        rows=deciding.visible(by).filter(state=chosen["state"] or OPEN),
        present=lambda page: _rows(by, page),
        empty="Nothing waits: no other system, and nobody here, says otherwise of a number of anybody enrolled.",
        sort="at",
        filters=FILTERS,
        intro=WHAT,
        extra={"add_url": reverse("intake:numbers_say"), "add_text": "Say it of two numbers"},
    )
    return respond(request, listing, "intake/list.html")


def _rows(by: Actor, page: Sequence[IdentityQuestion]) -> list[Row]:
    found = []
    for one in page:
        subjects = ", ".join(subject or "not given" for who in words.known(by, one) for _, subject, _ in who.enrolments)
        text, colour = words.STATES[one.state]
        found.append(Row(str(one.pk), (
            Cell(words.TITLES[one.kind], one.kind, reverse("intake:numbers_question", args=[one.pk])),
            Cell(subjects),
            Cell(words.told_by(one), one.told_by), Cell(formats.moment(one.at), one.at),
            Cell(formats.number(one.seen), one.seen), Cell(text, one.state, tag=colour),
            Cell(names.person(one.decided_by) if one.decided_by else "", one.decided_by), Cell(one.reason),
        )))  # fmt: skip
    return found


@needs(deciding.PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What is said, whom and which scans it concerns, and what a person decides."""
    by = actor_of(request)
    one = deciding.visible(by).select_related("right_person", "before_person").filter(pk=pk).first()
    if one is None:
        raise Http404
    if request.method != "POST":
        audit.record_read(by=by, action="identity_viewed", object_type="identity", object_id=str(pk))

    def save(typed: dict[str, str]) -> str:
        moved = deciding.decide(by=by, pk=pk, decision=typed["decision"], reason=typed["reason"])
        if moved:
            messages.info(request, released(moved))
        return reverse("intake:numbers_question", args=[pk])

    still = one.state == IdentityQuestion.OPEN
    shown = (
        fields.Field("decision", "What is right", kind="radios", options=tuple(deciding.options(one).items())),
        fields.Field("reason", "Why", WHY),
    )
    form = fields.Form(
        title=words.TITLES[one.kind], caption="Is it the same person?", fields=shown if still else (),
        values={}, save=save, saved="It is decided. This can be undone for ten minutes.",
        back=reverse("intake:numbers"), back_text="Patient numbers", button="Decide",
    )  # fmt: skip
    return fields.handle(request, form, "intake/number.html", **_shown(by, one, still))


def _shown(by: Actor, one: IdentityQuestion, still: bool) -> dict[str, object]:
    text, colour = words.STATES[one.state]
    return {
        "one": one, "still": still, "said": words.sentence(one), "people": words.known(by, one),
        "scans": words.came(by, one), "most": words.SHOWN, "state": (text, colour),
        "undoable": not still and deciding.undoable(one), "decided": deciding.options(one).get(one.decision, ""),
        "who": names.person(one.decided_by) if one.decided_by else "",
        "both_active": deciding.BOTH_ACTIVE if still and moving.both_active(
            one.right_person, one.before_person) and one.kind == Kind.MERGE else "",
    }  # fmt: skip


@needs(deciding.PERMISSION)
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the decision back."""
    try:
        deciding.undo(by=actor_of(request), pk=pk)
    except Unfit as unfit:
        messages.error(request, f"{next(iter(unfit.errors.values()))}.")
    else:
        messages.success(request, "The decision is taken back, and the question is open again.")
    return redirect("intake:numbers_question", pk)


@needs(deciding.PERMISSION)
@require_http_methods(["GET", "HEAD", "POST"])
def say(request: HttpRequest) -> HttpResponse:
    """Say of two numbers what a message would; it is then decided about like one."""
    by = actor_of(request)

    def save(typed: dict[str, str]) -> str:
        checks = Checks()
        checks.one_of("kind", typed["kind"], dict(KINDS), "Choose what is so")
        for name in ("right", "before"):
            checks.filled(name, typed[name], "Give the number", most=64)
        checks.that(typed["right"] != typed["before"], "before", "These are the same number")
        checks.done()
        notice = Notice(Kind(typed["kind"]), "", (Number(typed["right"]),), (Number(typed["before"]),))
        # Whoever may not see the people it is about learns nothing by asking, and holds no scan of theirs.
        people = [asking.person_of(numbers) for numbers in (notice.right, notice.before)]
        if not viewing.enrolments(by).filter(person__in=[one for one in people if one is not None]).exists():
            raise Unfit({"right": NOBODY})
        found = asking.hear([notice], source=IdentityQuestion.FORM, told_by=by.name, by=by)
        if not found:
            raise Unfit({"kind": "It is so here already"})
        return reverse("intake:numbers_question", args=[found[0].pk])

    form = fields.Form(
        title="Say it of two numbers", caption="Patient numbers",
        fields=(
            fields.Field("kind", "What is so", kind="radios", options=tuple((k.value, text) for k, text in KINDS)),
            fields.Field("right", "The number that stays, or is right", "Hospital number or NHS number", width="20"),
            fields.Field("before", "The other number", width="20"),
        ),
        values={}, save=save, saved="It is noted. Decide what follows from it here.",
        back=reverse("intake:numbers"), back_text="Patient numbers", button="Continue",
        intro="As the patient administration system has it. Of numbers that nobody enrolled here has, nothing is kept.",
    )  # fmt: skip
    return fields.handle(request, form)
