"""What a decision about numbers changes: whose a number is, and whose an enrolment; and how it was, to put it back."""

from __future__ import annotations

from typing import Any

from django.forms.models import model_to_dict

from isocentre.core.checks import Unfit
from isocentre.rooms.intake import mending, persons
from isocentre.rooms.intake.identities.rows import IdentityQuestion, PersonNumber
from isocentre.rooms.intake.models import Enrolment, Person

MEANWHILE = "Meanwhile one of these people or numbers changed: put it right by hand"


def both_active(one: Person | None, other: Person | None) -> bool:
    """Whether both take part in one research study."""
    if one is None or other is None or one == other:
        return False
    mine = one.enrolments.filter(status="active").values("research_study")
    return other.enrolments.filter(status="active", research_study__in=mine).exists()


def join(question: IdentityQuestion) -> list[Person]:
    """Both numbers are one person's: the one who is right stays, and takes over numbers and enrolments of the other.

    An enrolment keeps the key it was made with, so that what is sent on later is of the same subject.
    """
    stays, goes = question.right_person, question.before_person
    if stays is None or goes is None or stays == goes:
        only = stays or goes
        if only is None:
            raise Unfit({"decision": MEANWHILE})
        _say(question, only, question.right + question.before, only)
        return [only]
    theirs = [[goes.hospital_number, goes.issuer], [goes.nhs_number, ""]]
    _say(question, stays, theirs + question.right + question.before, stays)
    question.was |= {"stays": _person(stays), "goes": _person(goes), "moved": []}
    for enrolment in goes.enrolments.exclude(research_study__in=stays.enrolments.values("research_study")):
        question.was["moved"].append(enrolment.pk)
        Enrolment.objects.filter(pk=enrolment.pk).update(person=stays)
    names = dict.fromkeys(one for one in (*persons.other_names(stays), goes.name, *persons.other_names(goes)) if one)
    stays.other_names = "; ".join(one for one in names if one != stays.name)[:400]
    stays.told = list(dict.fromkeys((*(goes.told or ()), *(stays.told or ()))))[-persons.MOST_TOLD :]
    stays.nhs_number = stays.nhs_number or goes.nhs_number
    stays.birth_date = stays.birth_date or goes.birth_date
    stays.save()
    given = PersonNumber.objects.filter(person=goes)
    question.was["given"] = list(given.values_list("pk", flat=True))
    given.update(person=stays)
    if not goes.enrolments.exists():
        IdentityQuestion.objects.filter(right_person=goes).update(right_person=stays)
        IdentityQuestion.objects.filter(before_person=goes).update(before_person=stays)
        question.before_person = stays
        goes.delete()
    return [stays]


def give_away(question: IdentityQuestion, which: str) -> list[Person]:
    """The numbers on one side are not of whom they led to: of the other side after a move, else of nobody here."""
    moved = question.kind == "move"
    whose = question.right_person if moved else None
    numbers = question.before if moved or which == "before" else question.right
    other = question.right if numbers is question.before else question.before
    # A move names the number itself on both sides: whoever is right keeps it.
    gone = [one for one in numbers if moved or one not in other]
    _say(question, whose, gone, None)
    return [person for person in {question.right_person, question.before_person} if person is not None]


def restore(question: IdentityQuestion) -> None:
    """Put numbers, people and enrolments back; Unfit where something stands in the way."""
    was: dict[str, Any] = question.was
    PersonNumber.objects.filter(question=question.pk).delete()
    if "goes" in was:
        goes = {**was["goes"]}
        pk = goes.pop("id")
        if Person.objects.filter(key=goes["key"]).exclude(pk=pk).exists():
            raise Unfit({"question": MEANWHILE})
        before, _ = Person.objects.update_or_create(pk=pk, defaults=goes)
        kept = {**was["stays"]}
        if not Person.objects.filter(pk=kept.pop("id")).update(**kept):
            raise Unfit({"question": MEANWHILE})
        Enrolment.objects.filter(pk__in=was["moved"]).update(person=before)
        PersonNumber.objects.filter(pk__in=was["given"]).update(person=before)
        question.before_person = before
    for number in was.get("numbers", []):
        PersonNumber.objects.update_or_create(value=number["value"], issuer=number["issuer"], defaults={
            "person_id": number["person"], "question": number["question"]})  # fmt: skip


def _say(question: IdentityQuestion, whose: Person | None, numbers: list[list[str]], like: Person | None) -> None:
    """Say whose these numbers are. Scans name issuers as those of `like` do, not as the message did."""
    was: list[dict[str, Any]] = []
    for value, issuer in numbers:
        led = _as_here(value, issuer, like)
        if not value or (whose is not None and _leads(value, led, whose)):
            continue
        held = PersonNumber.objects.filter(value=value, issuer=led).first()
        if held is not None:
            was.append(model_to_dict(held, exclude=["id"]))
        PersonNumber.objects.update_or_create(
            value=value, issuer=led, defaults={"person": whose, "question": question.pk}
        )
    question.was = {**question.was, "numbers": was}


def _as_here(value: str, issuer: str, like: Person | None) -> str:
    """The issuer under which scans bring this number: that of the person who has it, else of who gets it, else any."""
    known = Person.objects.filter(hospital_number=value).first()
    if known is not None:
        return known.issuer
    return like.issuer if like is not None else ""


def _leads(value: str, issuer: str, whose: Person) -> bool:
    return persons.find(patient_id=value, issuer=issuer) == whose


def _person(one: Person) -> dict[str, Any]:
    return {"id": one.pk, **{name: mending.plain(getattr(one, name)) for name in (*mending.PERSON, "told")}}
