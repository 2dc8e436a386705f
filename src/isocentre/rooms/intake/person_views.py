"""Pages of one enrolment: complete it, record a withdrawal, mend a mistake; each change with its reason. No number in
an address."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from isocentre.audit import door as audit
from isocentre.core import visits as rules
from isocentre.core.actor import Actor
from isocentre.core.checks import Unfit
from isocentre.core.days import LIKE, parse_day
from isocentre.people.guard import needs
from isocentre.rooms.intake import checking, mending, subject_ids, viewing, visits, withdrawing
from isocentre.rooms.intake.enrolment_views import FIELDS, form, released, values_of
from isocentre.rooms.intake.models import Enrolment
from isocentre.rooms.intake.viewing import actor_of
from isocentre.rooms.intake.visit_views import TAGS, came
from isocentre.web import fields, formats, names

WHY = "Kept in the audit. Do not name the patient"
LATER = {
    "keep": "They stay in use on the national side.",
    "no_new_use": "The study team sees what was asked for. Taking them out of future use is not available yet: it is "
    "done by hand until then.",
    "erase": "The study team sees what was asked for. Erasing what is stored on the national side is not available "
    "yet: it is done by hand until then.",
}
MENDED = ("subject_id", "hospital_number", "issuer", "nhs_number", "surname", "birth_date")


def enrolment_of(request: HttpRequest, pk: int) -> Enrolment:
    """The enrolment, 404 where there is none in the actor's scope; who looks is in the audit trail."""
    by = actor_of(request)
    one = viewing.enrolments(by).filter(pk=pk).first()
    if one is None:
        raise Http404
    audit.record_read(by=by, action="person_viewed", object_type="enrolment", object_id=str(one.pk))
    return one


def called(one: Enrolment) -> str:
    return f"Subject {one.subject_id}" if one.subject_id else "New person"


@needs("enrolment_view")
def person(request: HttpRequest, pk: int) -> HttpResponse:
    """One enrolment: complete it. What is recorded is changed by recording again; the key first used stays."""
    by = actor_of(request)
    one = enrolment_of(request, pk)
    if request.method == "POST":
        viewing.require(by, "enrolment_edit")
    values = {**values_of(one), "research_study": one.research_study}
    values["prior_imaging"] = "yes" if one.prior_imaging else ""
    kept = {name for name in ("hospital_number", "issuer", "nhs_number", "surname", "birth_date", "subject_id")
            if values[name]}  # fmt: skip
    kept |= {"issuer"}
    options = tuple(names.research_studies([one.research_study]).items())
    study = fields.Field("research_study", "Research study", options=options, fixed=True)
    may = by.may("enrolment_edit")
    shown = tuple(
        fields.Field(f.name, f.label, f.hint, f.kind, f.options, f.width, f.name in kept or not may) for f in FIELDS
    )
    return form(request, called(one), (study, *shown), values, "intake/person.html", **_around(by, one))


def _around(by: Actor, one: Enrolment) -> dict[str, Any]:
    """What the page of an enrolment says beside its form."""
    may = by.may("enrolment_edit")
    return {
        "one": one, "may": may, "withdrawn": one.status == withdrawing.WITHDRAWN, "images": withdrawing.images(one),
        "asked": withdrawing.KINDS.get(one.withdrawal, "What the person asked for is not recorded"),
        "later": LATER.get(one.withdrawal, ""), "mendable": mending.mendable(one),
        "differing": checking.held(one), "subject": _subject(one),
        "visits": [(due, rules.STATES[due.state], TAGS[due.state], came(due)) for due in visits.of_person(one)],
        "history": audit.past(by=by, about=[("enrolment", str(one.pk))], routine=True),
    }  # fmt: skip


def _subject(one: Enrolment) -> dict[str, Any]:
    """Whether the subject id waits for a decision, and whether one that was made can be taken back."""
    undo = bool(one.subject_settled) and not subject_ids.sent(one)
    return {"open": subject_ids.is_open(one), "settled": one.subject_settled, "undo": undo}


@needs("enrolment_edit")
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Record that the person withdraws, on which day and what they asked for; or change that."""
    by, one = actor_of(request), enrolment_of(request, pk)
    images = withdrawing.images(one)
    was = one.withdrawal

    def save(typed: dict[str, str]) -> str:
        held = withdrawing.withdraw(
            by=by, enrolment=pk, kind=typed["withdrawal"], day=_day(typed["withdrawn_on"]), reason=typed["reason"]
        )
        if held:
            messages.info(request, f"{formats.plural(held, 'image')} that waited {'is' if held == 1 else 'are'} held.")
        return reverse("intake:person", args=[pk])

    made = fields.Form(
        title="Change a withdrawal" if was else "Record a withdrawal", caption=called(one),
        fields=(
            fields.Field("withdrawal", "What the person asked for", kind="radios",
                         options=tuple(withdrawing.KINDS.items())),
            fields.Field("withdrawn_on", "Day on which they withdrew", f"Like {LIKE}", width="10"),
            fields.Field("reason", "Why this is recorded", f"Like: letter to the research nurse. {WHY}"),
        ),
        values={"withdrawal": was, "withdrawn_on": one.withdrawn_on.isoformat() if one.withdrawn_on else "",
                "reason": ""},
        save=save, saved="The withdrawal is recorded.", back=reverse("intake:person", args=[pk]),
        back_text=called(one), intro=_effect(images), button="Record the withdrawal", warning=True,
    )  # fmt: skip
    return fields.handle(request, made)


def _day(text: str) -> Any:
    day = parse_day(text) if text else None
    if text and day is None:
        raise Unfit({"withdrawn_on": f"Write the date like {LIKE}"})
    return day


def _effect(images: withdrawing.Images) -> str:
    """What recording a withdrawal does, with how many images it is about."""
    said = ["From now on no scan of this person is sent on in this research study: what arrives is held."]
    if images.pending:
        way = "on its way is" if images.pending == 1 else "on their way are"
        said.append(f"{formats.plural(images.pending, 'image')} {way} held too, but for what is being sent right now.")
    if images.sent:
        told = "had been sent on; the national side is told what was asked for. Taking them out of use or erasing them"
        said.append(f"{formats.plural(images.sent, 'image')} {told} there is not available yet.")
    return " ".join([*said, "The withdrawal can be taken back."])


@needs("enrolment_edit")
def withdrawal_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a withdrawal back that was recorded by mistake."""
    by, one = actor_of(request), enrolment_of(request, pk)

    def save(typed: dict[str, str]) -> str:
        images = withdrawing.take_back(by=by, enrolment=pk, reason=typed["reason"])
        if images:
            messages.info(request, released(images))
        return reverse("intake:person", args=[pk])

    held = withdrawing.images(one).held
    made = fields.Form(
        title="Take the withdrawal back", caption=called(one),
        fields=(fields.Field("reason", "Why it is taken back", WHY),), values={"reason": ""}, save=save,
        saved="The withdrawal is taken back.", back=reverse("intake:person", args=[pk]), back_text=called(one),
        intro="The person takes part as before. Only if the withdrawal was a mistake, or they have consented anew. "
        f"Held scans of theirs are looked at again ({formats.plural(held, 'image')} now); the national side is told.",
        button="Take it back",
    )  # fmt: skip
    return fields.handle(request, made)


@needs("enrolment_edit")
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """Put numbers, name, birth date and subject id right, while no scan belongs to the enrolment."""
    by, one = actor_of(request), enrolment_of(request, pk)
    _still_mendable(one)

    def save(typed: dict[str, str]) -> str:
        images = mending.correct(by=by, enrolment=pk, typed=typed, reason=typed["reason"])
        if images:
            messages.info(request, released(images))
        return reverse("intake:enrolment")

    wanted = tuple(f for f in FIELDS if f.name in MENDED)
    made = fields.Form(
        title="Correct an enrolment", caption=called(one),
        fields=(*wanted, fields.Field("reason", "Why it is corrected", WHY)),
        values={**values_of(one), "reason": ""}, save=save,
        saved="The enrolment is corrected. This can be undone for ten minutes, while no scan belongs to it.",
        back=reverse("intake:person", args=[pk]), back_text=called(one),
        intro="Write each as it should be. Leave a number empty only when there is none.", button="Correct",
    )  # fmt: skip
    return fields.handle(request, made)


@needs("enrolment_edit")
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a person out of the research study who was enrolled by mistake, while no scan belongs to the enrolment."""
    by, one = actor_of(request), enrolment_of(request, pk)
    _still_mendable(one)

    def save(typed: dict[str, str]) -> str:
        mending.remove(by=by, enrolment=pk, reason=typed["reason"])
        return reverse("intake:enrolment")

    title = names.research_study(one.research_study)
    made = fields.Form(
        title="Remove an enrolment", caption=called(one),
        fields=(fields.Field("reason", "Why it is removed", WHY),), values={"reason": ""}, save=save,
        saved="The enrolment is removed. This can be undone for ten minutes.",
        back=reverse("intake:person", args=[pk]), back_text=called(one),
        intro=f"The person is taken out of {title}, as if never enrolled. No scan of theirs came. A person who takes "
        "part no more is not removed: record that they withdraw.",
        button="Remove", warning=True,
    )  # fmt: skip
    return fields.handle(request, made)


def _still_mendable(one: Enrolment) -> None:
    """404 where a scan came meanwhile: the page of the enrolment says so."""
    if not mending.mendable(one):
        raise Http404


@needs("enrolment_edit")
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo a correction or removal of the last minutes."""
    try:
        mending.undo(by=actor_of(request), change=pk)
    except Unfit as unfit:
        messages.error(request, f"{' '.join(unfit.errors.values())}.")
    else:
        messages.success(request, "Undone: the enrolment is as it was before.")
    return redirect("intake:enrolment")
