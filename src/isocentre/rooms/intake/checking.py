"""The check of a person against their scans put right: surname, other names, birth date, at any time and with a reason.

None of them is part of the key, so what was sent on stays theirs.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.core.exceptions import PermissionDenied
from django.db import transaction

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.checks import Checks, Unfit
from isocentre.rooms.intake import decisions, enrolling, persons, rerouting, viewing
from isocentre.rooms.intake.models import Disposition, Enrolment, LedgerRow

MOST_SAID = 500
"""Held images whose headers are read for what they say."""


def held(enrolment: Enrolment) -> int:
    """Images of the person, in whatever research study, that are held as the scan may be of somebody else."""
    mine = LedgerRow.objects.filter(disposition=Disposition.HELD, cause=decisions.DIFFERS)
    return mine.filter(enrolment__person=enrolment.person_id).count()


def said(enrolment: Enrolment) -> list[tuple[str, str]]:
    """(name, birth date) as the scans say them that are held so, each once."""
    mine = LedgerRow.objects.filter(disposition=Disposition.HELD, cause=decisions.DIFFERS)
    rows = mine.filter(enrolment__person=enrolment.person_id).select_related("arrival").order_by("pk")[:MOST_SAID]
    told = [(row.arrival.facts.get("patient_name", ""), row.arrival.facts.get("birth_date", "")) for row in rows]
    return list(dict.fromkeys(told))


def put_right(*, by: Actor, enrolment: int, typed: Mapping[str, str], reason: str) -> dict[str, int]:
    """What a person is checked by, as it should be; scans held for it are looked at again: images by where they went.

    Audited with the fields changed, never their values. Unfit with a sentence by field.
    """
    viewing.require(by, "enrolment_edit")
    with transaction.atomic():
        one = Enrolment.objects.select_for_update().filter(pk__in=viewing.enrolments(by).filter(pk=enrolment)).first()
        if one is None:
            raise PermissionDenied("There is no such enrolment in your scope.")
        person = one.person
        wanted = _checked(one, typed, reason)
        changed = sorted(name for name, value in wanted.items() if getattr(person, name) != value)
        if not changed:
            raise Unfit({"surname": "Nothing was changed"})
        for name in changed:
            setattr(person, name, wanted[name])
        person.save(update_fields=changed)
        for mine in person.enrolments.exclude(subject_id=""):
            persons.doubt_subject(mine)
            mine.save(update_fields=["subject_doubt"])
        detail = {"research_study": one.research_study, "fields": ", ".join(changed)}
        audit.record(by=by, entries=[audit.Entry("person_check_changed", "enrolment", str(one.pk), detail, reason)])
    return rerouting.reroute_differing(by=by, person=person.pk)


def _checked(one: Enrolment, typed: Mapping[str, str], reason: str) -> dict[str, object]:
    said = {name: typed.get(name, "").strip() for name in ("surname", "other_names", "birth_date")}
    checks = Checks()
    checks.brief("surname", said["surname"], most=200)
    checks.brief("other_names", said["other_names"], most=400)
    born = enrolling.read_day(checks, "birth_date", said["birth_date"])
    enrolling.in_order(checks, {"birth_date": born, "consented_on": one.consented_on})
    was = persons.identity(one.person)
    checks.filled("reason", reason, "Say why, in a few words", most=300)
    known = (was.name, was.hospital_number, was.nhs_number, said["surname"], *said["other_names"].split(";"))
    checks.nobody("reason", reason, known=known)
    checks.done()
    return {"name": said["surname"], "other_names": said["other_names"], "birth_date": born}
