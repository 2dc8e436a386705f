"""Mistakes of enrolment: corrected or removed while no scan came, with a reason, and undone for a while."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from support.hospital import LEAD, NAME, NUMBER, OTHER, arrive, enrolled, held, newcomer, signed_in, text

from isocentre.audit.models import AuditRow
from isocentre.core.actor import Actor, Scope
from isocentre.core.checks import Unfit
from isocentre.core.routing import Route
from isocentre.rooms.intake import door, mending, upkeep
from isocentre.rooms.intake.models import Enrolment, EnrolmentChange, LedgerRow, Person
from isocentre.rooms.intake.undoing import UNDO_FOR

pytestmark = pytest.mark.usefixtures("hospital")
NHS, OTHERS = "9990000018", "9990000050"
REASON = "Typed with a digit too many"
WHO = {
    "hospital_number": NUMBER, "issuer": "", "nhs_number": "", "surname": NAME, "birth_date": "",
    "subject_id": "01/007",
}  # fmt: skip


def correct(one: Enrolment, reason: str = REASON, by: Actor = LEAD, **changes: str) -> dict[str, int]:
    return mending.correct(by=by, enrolment=one.pk, typed={**WHO, **changes}, reason=reason)


def wrong(one: Enrolment, reason: str = REASON, **changes: str) -> dict[str, str]:
    with pytest.raises(Unfit) as error:
        correct(one, reason, **changes)
    return error.value.errors


def people() -> list[tuple[str, str]]:
    return sorted(Person.objects.values_list("hospital_number", "key"))


def test_a_wrong_number_is_put_right_with_the_key_and_held_scans_go_on() -> None:
    held()
    one = enrolled(subject_id="01/070")
    Person.objects.update(hospital_number="NM77700", key="id:|NM77700", name="Wrong")
    Enrolment.objects.update(key_used="id:|NM77700")
    assert correct(one, nhs_number="999 000 0018", birth_date="1/1/1960") == {"pending": 2}
    one = Enrolment.objects.select_related("person").get()
    assert (one.subject_id, one.key_used) == ("01/007", f"nhs:{NHS}")
    who = one.person
    assert (who.hospital_number, who.nhs_number, who.name, who.key) == (NUMBER, NHS, NAME, f"nhs:{NHS}")
    assert who.birth_date == date(1960, 1, 1)
    assert set(LedgerRow.objects.values_list("enrolment", flat=True)) == {one.pk}
    row = AuditRow.objects.get(action="enrolment_corrected")
    assert row.reason == REASON
    assert row.detail == {
        "research_study": "lungs", "fields": "birth_date, hospital_number, nhs_number, subject_id, surname",
    }  # fmt: skip
    assert Person.objects.count() == 1


def test_a_name_or_subject_id_alone_leaves_the_key_as_it_was() -> None:
    one = enrolled()
    Person.objects.update(key="id:|FIRST")
    Enrolment.objects.update(key_used="id:|FIRST")
    correct(one, surname="Needlowa", subject_id="01/008")
    one = Enrolment.objects.select_related("person").get()
    assert (one.key_used, one.person.key, one.person.name) == ("id:|FIRST", "id:|FIRST", "Needlowa")
    assert wrong(one, surname="Needlowa", subject_id="01/008") == {"subject_id": "Nothing was changed"}
    assert EnrolmentChange.objects.count() == 1


def test_the_right_number_of_a_person_known_here_makes_it_theirs() -> None:
    one = enrolled()
    door.enrol(by=LEAD, research_study="own", hospital_number="N2", nhs_number=NHS, name="Novak")
    correct(one, hospital_number="N2", surname="Novak", birth_date="1950-01-02")
    one = Enrolment.objects.select_related("person").get(research_study="lungs")
    assert (one.person.hospital_number, one.person.name, one.key_used) == ("N2", "Novak", f"nhs:{NHS}")
    assert one.person.birth_date == date(1950, 1, 2), "what was not known yet is learnt"
    assert people() == [("N2", f"nhs:{NHS}")], "nobody is left who takes part in nothing"


def test_another_research_study_of_the_person_keeps_the_numbers_it_has() -> None:
    one, other = enrolled(), enrolled("own", subject_id="")
    correct(one, hospital_number="N2", surname="Novak")
    assert people() == [("N2", "id:|N2"), (NUMBER, f"id:|{NUMBER}")]
    other.refresh_from_db()
    assert other.person.hospital_number == NUMBER
    assert Enrolment.objects.get(research_study="lungs").key_used == "id:|N2"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"hospital_number": ""}, "hospital_number"),
        ({"nhs_number": "1234567890"}, "nhs_number"),
        ({"birth_date": "31/02/1960"}, "birth_date"),
        ({"birth_date": "1066-05-01"}, "birth_date"),
        ({"subject_id": NUMBER}, "subject_id"),
        ({"subject_id": "01/009"}, "subject_id"),
        ({"subject_id": "Zołądek-1"}, "subject_id"),
        ({"hospital_number": "N9"}, "hospital_number"),
        ({"nhs_number": OTHERS}, "hospital_number"),
        ({"surname": "A\nB"}, "surname"),
        ({"reason": ""}, "reason"),
        ({"reason": "Needlova was somebody else"}, "reason"),
        ({"reason": "It is Novak", "surname": "Novak"}, "reason"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(changes: dict[str, str], field: str) -> None:
    one = enrolled()
    door.enrol(by=LEAD, research_study="lungs", hospital_number="N9", subject_id="01/009")
    door.enrol(by=LEAD, research_study="own", hospital_number="N8", nhs_number=OTHERS)
    if "nhs_number" in changes and field == "hospital_number":
        changes = {**changes, "hospital_number": NUMBER}  # two numbers of two people
    errors = wrong(one, **changes)
    assert set(errors) == {field}
    assert not [value for value in changes.values() if len(value) > 3 and value in errors[field]]
    assert EnrolmentChange.objects.count() == 0


def test_removed_nothing_is_kept_of_who_takes_part_in_nothing_else() -> None:
    one, other = enrolled(), enrolled("own", subject_id="")
    mending.remove(by=LEAD, enrolment=one.pk, reason="Enrolled twice by mistake")
    assert [e.pk for e in Enrolment.objects.all()] == [other.pk]
    assert Person.objects.count() == 1
    mending.remove(by=LEAD, enrolment=other.pk, reason="Enrolled twice by mistake")
    assert Person.objects.count() == 0
    assert AuditRow.objects.filter(action="enrolment_removed").count() == 2
    assert upkeep.run("w") == 0
    EnrolmentChange.objects.update(at=timezone.now() - UNDO_FOR - timedelta(seconds=1))
    assert upkeep.run("w") == 2
    assert not EnrolmentChange.objects.exists()


@pytest.mark.parametrize("act", ["correct", "remove"])
def test_with_a_scan_it_stays_as_it_is(act: str) -> None:
    one = enrolled()
    arrive(newcomer("1.1", route=Route("lungs", enrolment_id=one.pk)))
    with pytest.raises(Unfit) as error:
        correct(one, subject_id="01/008") if act == "correct" else mending.remove(
            by=LEAD, enrolment=one.pk, reason=REASON
        )
    assert error.value.errors == {"subject_id": mending.HAS_SCANS}
    nurse = signed_in("radiographer")
    page = text(nurse.get(f"/intake/enrolment/{one.pk}"))
    assert "so its numbers and subject id stay as they are" in page
    assert nurse.get(f"/intake/enrolment/{one.pk}/{act}").status_code == 404


def snapshot() -> list[Any]:
    return [
        list(Enrolment.objects.order_by("pk").values()), list(Person.objects.order_by("pk").values())
    ]  # fmt: skip


@pytest.mark.parametrize("changes", [{"hospital_number": "N2"}, {"hospital_number": "N7"}, {"subject_id": "02/001"}])
@pytest.mark.parametrize("shared", [False, True])
def test_a_correction_is_undone(changes: dict[str, str], shared: bool) -> None:
    one = enrolled(birth_date=date(1960, 1, 2))
    if shared:
        enrolled("own", subject_id="")
    door.enrol(by=LEAD, research_study="own", hospital_number="N7")
    before = snapshot()
    correct(one, **{"birth_date": "1960-01-02", **changes})
    assert snapshot() != before
    [change] = mending.undoable(LEAD)
    assert (change.action, change.title, change.by) == ("corrected", "01/007", "lead")
    mending.undo(by=LEAD, change=change.pk)
    assert snapshot() == before
    assert mending.undoable(LEAD) == []
    assert AuditRow.objects.filter(action="enrolment_change_undone").count() == 1


def test_a_removal_is_undone_with_its_own_id_and_everything_else() -> None:
    one = enrolled(birth_date=date(1960, 1, 2), consent_version="2.0")
    before = snapshot()
    mending.remove(by=LEAD, enrolment=one.pk, reason=REASON)
    mending.undo(by=LEAD, change=mending.undoable(LEAD)[0].pk)
    assert snapshot() == before


def test_too_late_or_in_the_way_it_is_not_undone() -> None:
    one = enrolled()
    mending.remove(by=LEAD, enrolment=one.pk, reason=REASON)
    [change] = mending.undoable(LEAD)
    again = door.enrol(by=LEAD, research_study="lungs", hospital_number="N2", subject_id="01/007")
    with pytest.raises(Unfit, match="change"):
        mending.undo(by=LEAD, change=change.pk)
    correct(again, hospital_number="N2", surname="", subject_id="01/008")
    arrive(newcomer("1.1", route=Route("lungs", enrolment_id=again.pk)))
    with pytest.raises(Unfit) as error:
        mending.undo(by=LEAD, change=mending.undoable(LEAD)[0].pk)
    assert error.value.errors == {"change": mending.HAS_SCANS}
    EnrolmentChange.objects.update(at=timezone.now() - UNDO_FOR - timedelta(seconds=1))
    with pytest.raises(Unfit, match="change"):
        mending.undo(by=LEAD, change=change.pk)


def test_it_is_for_who_may_edit_enrolments_of_that_research_study() -> None:
    one = enrolled()
    stranger = Actor("person", "x", "radiographer", Scope.parse(["study:own"]), frozenset({"enrolment_edit"}))
    for by in (OTHER, stranger):
        with pytest.raises(PermissionDenied):
            correct(one, by=by)
        with pytest.raises(PermissionDenied):
            mending.remove(by=by, enrolment=one.pk, reason=REASON)
    mending.remove(by=LEAD, enrolment=one.pk, reason=REASON)
    assert mending.undoable(OTHER) == mending.undoable(stranger) == []
    with pytest.raises(Unfit, match="change"):
        mending.undo(by=stranger, change=EnrolmentChange.objects.get().pk)


def test_the_pages_correct_remove_and_undo() -> None:
    one = enrolled(subject_id="01/070")
    nurse = signed_in("radiographer")
    address = f"/intake/enrolment/{one.pk}"
    assert "correct it" in text(nurse.get(address))
    page = text(nurse.get(f"{address}/correct"))
    assert 'value="01/070"' in page
    bad = nurse.post(f"{address}/correct", {**WHO, "reason": ""})
    assert bad.status_code == 400
    assert 'href="#reason"' in text(bad)
    page = text(nurse.post(f"{address}/correct", {**WHO, "reason": REASON}, follow=True))
    assert "can be undone for ten minutes" in page
    assert "Corrected subject 01/070, by Sam Lee" in page
    page = text(nurse.get(address))
    assert f"because: {REASON}" in page
    assert "corrected an enrolment" in page
    page = text(nurse.get(f"{address}/remove"))
    assert "as if never enrolled" in page
    page = text(nurse.post(f"{address}/remove", {"reason": "Enrolled by mistake"}, follow=True))
    assert "Removed subject 01/007" in page
    assert not Enrolment.objects.exists()
    removal = EnrolmentChange.objects.get(action="removed").pk
    page = text(nurse.post(f"/intake/enrolment/undo/{removal}", follow=True))
    assert "Undone: the enrolment is as it was before." in page
    assert Enrolment.objects.get().subject_id == "01/007"
    assert "can no longer be undone" in text(nurse.post(f"/intake/enrolment/undo/{removal}", follow=True))
    assert signed_in("pacs_manager").post(f"/intake/enrolment/undo/{removal}").status_code == 403
