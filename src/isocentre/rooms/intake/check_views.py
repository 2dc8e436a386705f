"""The page on which a person's check is put right: what scans are compared with before they are sent on."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from isocentre.core.days import parse_day
from isocentre.people.guard import needs
from isocentre.rooms.intake import checking
from isocentre.rooms.intake.enrolment_views import DATE, released
from isocentre.rooms.intake.models import Enrolment
from isocentre.rooms.intake.person_views import WHY, called, enrolment_of
from isocentre.rooms.intake.viewing import actor_of
from isocentre.web import fields, formats


def _said(one: Enrolment) -> str:
    """What the held scans say, in words: to be compared, not to be copied."""
    parts = []
    for name, born in checking.said(one):
        day = formats.date(parse_day(born))
        parts.append(" ".join(name.replace("^", " ").split()) + (f", born {day}" if day else ""))
    return f" What they say: {'; '.join(parts)}." if parts else ""


@needs("enrolment_edit")
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """Put surname, other names and birth date right; scans held for them are then looked at again."""
    by, one = actor_of(request), enrolment_of(request, pk)
    back, waiting = reverse("intake:person", args=[pk]), checking.held(one)

    def save(typed: dict[str, str]) -> str:
        images = checking.put_right(by=by, enrolment=pk, typed=typed, reason=typed["reason"])
        if images:
            messages.info(request, released(images))
        return back

    held = f" {formats.plural(waiting, 'image')} of this person {'is' if waiting == 1 else 'are'} held for it now."
    born = one.person.birth_date
    made = fields.Form(
        title="Put the check right", caption=called(one),
        fields=(
            fields.Field("surname", "Surname", width="20"),
            fields.Field("other_names", "Other names", "Former surnames and other spellings that scans carry, with "
                         "semicolons between"),
            fields.Field("birth_date", "Birth date", DATE, width="10"),
            fields.Field("reason", "Why it is put right", f"Like: married name, seen in the patient's record. {WHY}"),
        ),
        values={"surname": one.person.name, "other_names": one.person.other_names,
                "birth_date": born.isoformat() if born else "", "reason": ""},
        save=save, saved="What scans are compared with is put right. It can be changed again in the same way.",
        back=back, back_text=called(one),
        intro="A scan whose surname and birth date are not these is held: it may be of somebody else. Change them only "
        f"when the patient's record says so.{held if waiting else ''}{_said(one)}",
    )  # fmt: skip
    return fields.handle(request, made)
