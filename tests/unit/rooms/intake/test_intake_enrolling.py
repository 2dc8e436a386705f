"""The enrolment list: dates as people write them, errors in words, a file line by line."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from support.hospital import LEAD, NUMBER

from isocentre.audit.models import AuditRow
from isocentre.core.checks import Unfit
from isocentre.rooms.intake import door, doubting
from isocentre.rooms.intake.enrolling import MOST_CHARACTERS, checked, enrol_lines, read_list
from isocentre.rooms.intake.models import Enrolment, ResearchStudy

pytestmark = pytest.mark.usefixtures("hospital")
GOOD = {"hospital_number": NUMBER, "consented_on": "2026-03-03", "subject_id": "01/007"}


def wrong(**changes: str) -> dict[str, str]:
    with pytest.raises(Unfit) as error:
        checked("lungs", {**GOOD, **changes})
    return error.value.errors


def test_a_whole_line_becomes_facts() -> None:
    facts = checked("lungs", {**GOOD, "nhs_number": "999 000 0018", "day_zero": "5/3/2026", "prior_imaging": "Yes"})
    assert (facts["nhs_number"], facts["day_zero"], facts["prior_imaging"]) == ("9990000018", date(2026, 3, 5), True)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"hospital_number": ""}, "hospital_number"),
        ({"consented_on": ""}, "consented_on"),
        ({"consented_on": "31/02/2026"}, "consented_on"),
        ({"consented_on": (timezone.localdate() + timedelta(days=2)).isoformat()}, "consented_on"),
        ({"birth_date": "2026-05-01"}, "birth_date"),
        ({"birth_date": "1066-05-01"}, "birth_date"),
        ({"nhs_number": "1234567890"}, "nhs_number"),
        ({"prior_imaging": "perhaps"}, "prior_imaging"),
        ({"surname": "A\nB"}, "surname"),
        ({"subject_id": "x" * 65}, "subject_id"),
        ({"subject_id": "LUM-001 (screen fail)"}, "subject_id"),
        ({"subject_id": "Zołądek-1"}, "subject_id"),
        ({"subject_id": "Jane Doe"}, "subject_id"),
        ({"subject_id": NUMBER}, "subject_id"),
        ({"subject_id": "943 476 5919"}, "subject_id"),
        ({"consent_version": "v2, “adults”"}, "consent_version"),
        ({"consent_version": "v2 Doe", "surname": "Doe"}, "consent_version"),
    ],
)
def test_each_error_is_at_its_field_and_repeats_no_value(changes: dict[str, str], field: str) -> None:
    errors = wrong(**changes)
    assert set(errors) == {field}
    assert all(value not in errors[field] for value in changes.values() if value)


def test_what_is_known_of_the_person_already_counts_as_what_is_typed() -> None:
    person = {"name": "Needlova^Zuzana", "nhs_number": "9990000018", "birth_date": date(1960, 1, 2)}
    door.enrol(by=LEAD, research_study="own", hospital_number=NUMBER, **person)
    assert set(wrong(subject_id="S 9990000018")) == {"subject_id"}
    for subject_id in ("Zuzana-1", "ZN-1", "02.01.1960", "S 1960/01/02"):
        found = doubting.about(checked("lungs", {**GOOD, "subject_id": subject_id}))
        assert set(found) == {"subject_id"}
        assert "scans of this person are held" in found["subject_id"]
        assert "1960" not in found["subject_id"]
    assert checked("lungs", {**GOOD, "consent_version": "2.0"})["consent_version"] == "2.0"


def test_a_list_names_the_line_whose_subject_id_is_a_patients_number() -> None:
    [line] = read_list("lungs", f"Hospital number,Subject id,Consent date\n{NUMBER},{NUMBER},2026-03-03\n")
    assert line.errors == {"subject_id": (
        "The patient's number is in it. Give the number by which the research study knows them, like 01/007"
    )}  # fmt: skip


def test_the_demonstration_takes_only_made_up_nhs_numbers(settings: Any) -> None:
    settings.DEMO = True
    assert "made-up" in wrong(nhs_number="9434765919")["nhs_number"]


def test_a_number_or_a_subject_id_never_means_two_people() -> None:
    door.enrol(by=LEAD, research_study="lungs", hospital_number=NUMBER, nhs_number="9990000018", subject_id="01/007")
    assert set(wrong(nhs_number="9990000026")) == {"nhs_number"}
    assert set(wrong(subject_id="01/008")) == {"subject_id"}
    assert set(wrong(hospital_number="OTHER")) == {"subject_id"}
    assert checked("own", {**GOOD, "subject_id": "01/099"})["subject_id"] == "01/099"


def test_a_list_is_checked_line_by_line_and_says_where() -> None:
    lines = read_list("lungs", (
        "\ufeffSubject ID;Hospital number;Consent date;Comment\n"
        "01/001;NM1;3/3/2026;fine\n\n"
        "01/001;NM2;2026-03-03;\n"
        ";'=NM3;never;\n"
    ))  # fmt: skip
    assert [(line.number, set(line.errors)) for line in lines] == [
        (2, set()), (4, {"subject_id"}), (5, {"consented_on"}),
    ]  # fmt: skip
    assert lines[1].errors["subject_id"] == "The same is in line 2. Keep one of the two lines"
    assert lines[2].values["hospital_number"] == "=NM3"


def test_cells_pasted_from_a_spreadsheet_are_read_too() -> None:
    [line] = read_list("lungs", "NHS number\tConsent date\n9990000018\t2026-03-03")
    assert line.facts["nhs_number"] == "9990000018"


@pytest.mark.parametrize(
    "text",
    ["", "Subject id,Surname\n1,2", "Hospital number,Consent date", "x" * (MOST_CHARACTERS + 1),
     "Hospital number,Consent date,Hospital number\n1,2026-01-01,2",
     "Hospital number,Consent date\n" + "1,2\n" * 2001, 'Hospital number,Consent date\n"1\r2,' + "x" * 140_000],
)  # fmt: skip
def test_what_is_no_list_is_refused_whole(text: str) -> None:
    with pytest.raises(Unfit) as error:
        read_list("lungs", text)
    assert set(error.value.errors) == {"list"}


def test_under_section_251_support_no_consent_date_is_asked_for() -> None:
    accepted = {**ResearchStudy.objects.get(slug="lungs").accepted, "legal_basis": "s251"}
    ResearchStudy.objects.filter(slug="lungs").update(accepted=accepted)
    assert checked("lungs", {**GOOD, "consented_on": ""})["consented_on"] is None
    [line] = read_list("lungs", f"Hospital number\n{NUMBER}\n")
    assert not line.errors


def test_a_list_may_be_asked_for_other_columns() -> None:
    wanted = ("hospital_number", "subject_id")
    good, bad = read_list("lungs", f"Hospital number,Subject id\n{NUMBER},S1\nNM2,\n", columns=wanted)
    assert (good.facts["subject_id"], good.errors, list(bad.errors)) == ("S1", {}, ["subject_id"])
    with pytest.raises(Unfit, match="list"):
        read_list("lungs", f"Hospital number,Consent date\n{NUMBER},2026-03-03\n", columns=wanted)


def doubts(*rows: str, head: str = "Hospital number,NHS number,Surname,Birth date,Consent date") -> list[Any]:
    lines = read_list("lungs", "\n".join((head, *rows)))
    assert not any(line.errors for line in lines)
    assert not any(value in words for line in lines for words in line.doubts.values() for value in line.values.values()
                   if len(value) > 3)  # fmt: skip
    return [set(line.doubts) for line in lines]


def test_columns_that_changed_places_are_doubted_and_can_be_taken_in() -> None:
    assert doubts("9990000018,,Lee,,2026-03-03", "NM2,9990000026,1960,,2026-03-03") == [
        {"hospital_number"},
        {"surname"},
    ]


def test_one_person_under_two_numbers_is_doubted() -> None:
    rows = ("NM1,,Müller,1960-01-02,2026-03-03", "NM2,,MULLER,2/1/1960,2026-03-03", "NM3,,Lee,1960-01-02,2026-03-03")
    assert doubts(*rows) == [set(), {"surname"}, set()]
    door.enrol(by=LEAD, research_study="own", hospital_number="OLD1", name="Lee^Sam", birth_date=date(1960, 1, 2))
    assert doubts(rows[2]) == [{"surname"}]
    assert doubts("OLD1,,Lee,1960-01-02,2026-03-03") == [set()]


def test_another_surname_than_the_known_one_is_doubted_and_another_birth_date_refused() -> None:
    door.enrol(by=LEAD, research_study="own", hospital_number="OLD1", name="Lee^Sam", birth_date=date(1960, 1, 2))
    assert doubts("OLD1,,Jones,,2026-03-03") == [{"surname"}]
    assert set(wrong(hospital_number="OLD1", birth_date="1961-01-02")) == {"birth_date"}
    door.enrol(by=LEAD, research_study="own", hospital_number="", nhs_number="9990000018")
    assert set(wrong(hospital_number="OLD1", nhs_number="9990000018")) == {"hospital_number"}


def test_two_people_under_one_number_are_refused_as_that() -> None:
    head = "Hospital number,Issuer,Surname,Birth date,Consent date\n"
    lines = read_list("lungs", (
        head + "NM1,,Lee,1960-01-02,2026-03-03\nNM1,,Lee,1961-01-02,2026-03-03\nNM1,,Jones,,2026-03-03\n"
        "NM1,,,,2026-03-03\nNM1,OTHER,Jones,,2026-03-03\n"
    ))  # fmt: skip
    said = [line.errors.get("hospital_number", "") for line in lines]
    assert ["another surname or birth date" in words for words in said] == [False, True, True, False, False]
    assert said[3] == "The same is in line 2. Keep one of the two lines"
    assert said[4] == ""


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"consent_scope": "everything"}, "consent_scope"), ({"withdrawal": "perhaps"}, "withdrawal"),
     ({"withdrawal": "keep"}, "withdrawn_on"), ({"withdrawn_on": "2026-03-04"}, "withdrawal"),
     ({"withdrawal": "keep", "withdrawn_on": "2026-03-01"}, "withdrawn_on"),
     ({"withdrawal": "keep", "withdrawn_on": "2999-03-01"}, "withdrawn_on")],
)  # fmt: skip
def test_consent_and_withdrawal_are_checked_at_their_field(changes: dict[str, str], field: str) -> None:
    assert set(wrong(**changes)) == {field}


def test_a_list_records_what_consent_covers_and_who_withdrew_once() -> None:
    head = "Hospital number,Consent date,Consent covers,Withdrawn on,Withdrawal\n"
    rows = "NM1,2026-03-03,future; part,,\nNM2,2026-03-03,,2026-04-01,Stop and remove from future use\n"
    for _ in range(2):
        facts = [line.facts for line in read_list("lungs", head + rows)]
        enrol_lines(by=LEAD, research_study="lungs", facts=facts)
    stays, gone = Enrolment.objects.order_by("pk")
    assert (stays.consent_scope, stays.status) == ("part,future", "active")
    assert (gone.status, gone.withdrawal, gone.withdrawn_on) == ("withdrawn", "no_new_use", date(2026, 4, 1))
    assert AuditRow.objects.filter(action="person_withdrawn").count() == 1
    facts = [line.facts for line in read_list("lungs", "Hospital number,Consent date\nNM2,2026-03-03")]
    enrol_lines(by=LEAD, research_study="lungs", facts=facts)
    gone.refresh_from_db()
    assert gone.status == "withdrawn", "a list that does not say it takes nothing back"
