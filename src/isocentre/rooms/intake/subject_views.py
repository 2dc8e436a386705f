"""Pages on which subject ids that may tell who a person is are decided about: accepted, or another given; undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse

from isocentre.audit import door as audit
from isocentre.core import subjects
from isocentre.people.guard import needs
from isocentre.rooms.intake import subject_ids, viewing
from isocentre.rooms.intake.enrolment_views import SUBJECT_HINT, released, tabs
from isocentre.rooms.intake.models import Enrolment
from isocentre.rooms.intake.person_views import WHY, enrolment_of
from isocentre.rooms.intake.viewing import actor_of
from isocentre.web import fields, formats, names
from isocentre.web.listing import Cell, Column, Listing, Row, respond

COLUMNS = (
    Column("subject_id", "Subject id", "subject_id"), Column("tells", "May tell"),
    Column("research_study", "Research study", "research_study"), Column("by", "Given by"),
    Column("enrolled", "Enrolled", "enrolled_at"),
)  # fmt: skip


@needs("subjects_accept", "enrolment_edit")
def subject_list(request: HttpRequest) -> HttpResponseBase:
    """Subject ids that wait for a decision; no name or number of anybody."""
    by = actor_of(request)
    audit.record_read(by=by, action="enrolment_viewed", object_type="list", object_id="subject ids", form="page")
    titles = viewing.titles()

    def present(page: Sequence[Enrolment]) -> list[Row]:
        return [
            Row(str(one.pk), (
                Cell(one.subject_id, url=reverse("intake:subject_accept", args=[one.pk])),
                Cell(subjects.in_words(subject_ids.tells(one)).capitalize(), ",".join(subject_ids.tells(one))),
                Cell(titles.get(one.research_study, one.research_study), one.research_study),
                Cell(names.person(one.subject_by) if one.subject_by else "Not recorded", one.subject_by),
                Cell(formats.moment(one.enrolled_at), one.enrolled_at),
            ))
            for one in page
        ]  # fmt: skip

    listing = Listing(
        name="subject-ids",
        heading=lambda n: f"{formats.plural(n, 'subject id')} to decide about",
        columns=COLUMNS,
        rows=subject_ids.open_ones(by),
        present=present,
        empty="No subject id waits: none that is known here may tell who its person is, or each was decided about.",
        sort="enrolled_at",
        extra={"tabs": tabs(by, "intake:subject_ids")},
        intro="A subject id leaves the hospital. Scans of these people are held until a second person accepts it, or "
        "another is given.",
    )  # fmt: skip
    return respond(request, listing, "intake/list.html")


@needs("subjects_accept", "enrolment_edit")
def accept(request: HttpRequest, pk: int) -> HttpResponse:
    """What the subject id may tell; a second person accepts it, with a reason."""
    by, one = actor_of(request), _open(request, pk)
    told = subject_ids.tells(one)
    why_not = ""
    if not by.may(subject_ids.ACCEPT):
        why_not = "Your role does not accept subject ids: somebody else must."
    elif by.same_person(one.subject_by):
        why_not = f"{subject_ids.OWN}."
    elif "birth_date" in told:
        why_not = f"{subject_ids.BORN}."
    reason = fields.Field("reason", "Why it may stay", f"Like: the letters are those of the site. {WHY}")
    return _decide(
        request, one, "May this subject id leave the hospital?", (reason,), {},
        lambda typed: subject_ids.accept(by=by, enrolment=pk, reason=typed["reason"]),
        "The subject id is accepted. This can be undone while nothing was sent on.", "Accept it",
        may_accept=not why_not, why_not=why_not, told=subjects.in_words(told), may_give=by.may(subject_ids.GIVE),
    )  # fmt: skip


@needs("enrolment_edit")
def give(request: HttpRequest, pk: int) -> HttpResponse:
    """Give another subject id, the next stand-in unless the research study has one for them."""
    by, one = actor_of(request), _open(request, pk)
    shown = (
        fields.Field("subject_id", "The other subject id", SUBJECT_HINT, width="20"),
        fields.Field("reason", "Why", WHY),
    )
    return _decide(
        request, one, "Give another subject id", shown, {"subject_id": subject_ids.stand_in(one)},
        lambda typed: subject_ids.give(
            by=by, enrolment=pk, subject_id=typed["subject_id"], reason=typed["reason"]
        ),
        "The other subject id is given. Tell the study team. This can be undone while nothing was sent on.",
        "Give it", may_accept=True, told=subjects.in_words(subject_ids.tells(one)), giving=True,
    )  # fmt: skip


@needs("subjects_accept", "enrolment_edit")
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the decision back, while nothing was sent on."""
    by, one = actor_of(request), enrolment_of(request, pk)
    if not one.subject_settled or subject_ids.sent(one):
        raise Http404

    def save(typed: dict[str, str]) -> str:
        held = subject_ids.undo(by=by, enrolment=pk, reason=typed["reason"])
        if held:
            messages.info(request, f"{formats.plural(held, 'image')} that waited {'is' if held == 1 else 'are'} held.")
        return reverse("intake:subject_ids")

    again = f" It is {one.subject_given} again." if one.subject_given else ""
    made = fields.Form(
        title="Take the decision back", caption=f"Subject {one.subject_id}",
        fields=(fields.Field("reason", "Why it is taken back", WHY),), values={"reason": ""}, save=save,
        saved="The decision is taken back.", back=reverse("intake:subject_ids"), back_text="Subject ids",
        intro=f"The subject id waits for a decision as before, and scans of this person are held.{again}",
        button="Take it back",
    )  # fmt: skip
    return fields.handle(request, made)


def _open(request: HttpRequest, pk: int) -> Enrolment:
    """The enrolment whose subject id waits; 404 where none does in the actor's scope."""
    one = enrolment_of(request, pk)
    if not subject_ids.is_open(one):
        raise Http404
    return one


def _decide(
    request: HttpRequest, one: Enrolment, title: str, shown: tuple[fields.Field, ...], values: dict[str, str],
    act: Callable[[dict[str, str]], dict[str, int]], saved: str, button: str, **more: object,
) -> HttpResponse:  # fmt: skip
    def save(typed: dict[str, str]) -> str:
        images = act(typed)
        if images:
            messages.info(request, released(images))
        return reverse("intake:subject_ids")

    made = fields.Form(
        title=title, caption=f"Subject {one.subject_id}", fields=shown, values={"reason": "", **values}, save=save,
        saved=saved, back=reverse("intake:subject_ids"), back_text="Subject ids", button=button,
    )  # fmt: skip
    return fields.handle(request, made, "intake/subject_id.html", one=one, **more)
