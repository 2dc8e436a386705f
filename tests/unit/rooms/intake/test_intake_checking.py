"""A scan whose surname or birth date is not the enrolment's is held for a person to compare; put right, it goes on."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied
from support.hospital import LEAD, NAME, NUMBER, OTHER, enrolled, routed, signed_in, text

from isocentre.audit.models import AuditRow
from isocentre.core.checks import Unfit
from isocentre.rooms.intake import checking, door, persons
from isocentre.rooms.intake.models import Decision, Enrolment

pytestmark = pytest.mark.usefixtures("hospital")
REASON = "Married name, seen in the record"


def right(one: Enrolment, reason: str = REASON, **typed: str) -> dict[str, int]:
    born = one.person.birth_date
    was = {"surname": one.person.name, "birth_date": born.isoformat() if born else ""}
    return checking.put_right(by=LEAD, enrolment=one.pk, typed={**was, **typed}, reason=reason)


def test_another_surname_or_birth_date_holds_the_scan_and_no_value_is_told() -> None:
    one = enrolled(birth_date=date(1960, 1, 1))
    assert routed(one).disposition == "pending"
    row = routed(one, "1.2", patient_name="Jones^Zuzana", birth_date="19600102")
    assert (row.disposition, row.cause) == ("held", "person_differs")
    assert row.words == "The surname and birth date in the scan differ from the enrolment's."
    row = routed(one, "1.3", birth_date="19600102")
    assert row.words == "The birth date in the scan differs from the enrolment's."


def test_a_person_enrolled_by_their_scan_has_no_surname_to_compare_with() -> None:
    one = door.enrol(by=LEAD, research_study="own", hospital_number=NUMBER, name=NAME, on_arrival=True)
    [known] = persons.enrolled(one.person)
    assert (known.names, known.born) == ((), None)


def test_put_right_the_scan_goes_on_and_the_former_name_is_known() -> None:
    one = enrolled(birth_date=date(1960, 1, 1))
    row = routed(one, patient_name="Jones^Zuzana")
    other = routed(one, "1.9", birth_date="19600102")
    assert checking.held(one) == 2
    assert right(one, other_names="Jones; Zuza Jones") == {"pending": 1}
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.disposition, other.disposition) == ("pending", "held")
    one = Enrolment.objects.get(pk=one.pk)
    assert {"Jones", "Zuza Jones"} <= set(persons.known_of(one)), "known names are looked for before anything is sent"
    assert Decision.objects.get().action == "check_put_right"
    told = AuditRow.objects.get(action="person_check_changed")
    assert (told.reason, told.detail["fields"]) == (REASON, "other_names")
    assert right(one, birth_date="1960-01-02") == {"pending": 1}


@pytest.mark.parametrize(
    ("typed", "field"),
    [({}, "surname"), ({"birth_date": "soon"}, "birth_date"), ({"surname": "A\nB"}, "surname"),
     ({"other_names": "x" * 401}, "other_names"), ({"other_names": "Jones", "reason": ""}, "reason"),
     ({"other_names": "Jones", "reason": "She is Jones now"}, "reason"),
     ({"surname": "Lee", "reason": "Was Needlova"}, "reason")],
)  # fmt: skip
def test_what_is_missing_or_names_the_person_is_refused(typed: dict[str, str], field: str) -> None:
    one = enrolled()
    with pytest.raises(Unfit) as error:
        right(one, **typed)
    assert set(error.value.errors) == {field}
    assert not AuditRow.objects.filter(action="person_check_changed").exists()


def test_it_is_for_who_may_edit_enrolments_of_that_research_study() -> None:
    one = enrolled()
    with pytest.raises(PermissionDenied):
        checking.put_right(by=OTHER, enrolment=one.pk, typed={"surname": "Lee"}, reason=REASON)
    with pytest.raises(PermissionDenied):
        checking.put_right(by=LEAD, enrolment=one.pk + 7, typed={"surname": "Lee"}, reason=REASON)


def test_the_page_says_what_is_held_and_puts_it_right() -> None:
    one = enrolled()
    routed(one, patient_name="Jones^Zuzana")
    nurse = signed_in("radiographer", "lungs")
    page = text(nurse.get(f"/intake/enrolment/{one.pk}"))
    assert "1 image is held: the surname or birth date in the scan is another than here" in page
    address = f"/intake/enrolment/{one.pk}/check"
    page = text(nurse.get(address))
    assert "1 image of this person is held for it now. What they say: Jones Zuzana, born 1 January 1960." in page
    typed = {"surname": NAME, "other_names": "Jones", "birth_date": "", "reason": REASON}
    answer = nurse.post(address, typed, follow=True)
    assert "Held images were looked at again: 1 image" in text(answer)
    assert "Is it the same person?" not in text(answer)
    assert "put the check right of an enrolment" in text(answer)
