"""What planned visits expect, as a list to fetch: only what is due and missing, of whom may be asked about."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone
from support import hospital
from support.fake_pacs import FakePacs
from support.hospital import arrive, config, newcomer
from support.pull_lists import BY, later, work_off

from isocentre.core.pull.match import StudyFound
from isocentre.core.routing import Route
from isocentre.rooms.intake import door
from isocentre.rooms.intake.models import Enrolment, PacsNode, Pull, PullLine, ResearchStudy
from isocentre.rooms.intake.pull import expected as expecting
from isocentre.rooms.intake.pull import making

pytestmark = pytest.mark.django_db
LEAD = hospital.LEAD


def enrolled(number: str, days: int = 0, **changes: Any) -> Enrolment:
    """Somebody whose day 0 was so many days ago; their baseline is due 30 days around it."""
    zero = timezone.localdate() - timedelta(days=days)
    return door.enrol(by=LEAD, research_study="lungs", hospital_number=number, name="Abel^Ann", day_zero=zero,
                      consented_on=zero, subject_id=f"01/{len(number)}{days}", **changes)  # fmt: skip


def test_what_is_due_or_overdue_and_did_not_come_is_asked_for_by_patient_days_and_modality(hospital):
    due, overdue = enrolled("NM1"), enrolled("NM22", days=60)
    enrolled("NM333", days=-90)  # upcoming
    done = enrolled("NM4444")
    arrive(newcomer("7.1", route=Route("lungs", enrolment_id=done.pk, time_point="Baseline")))
    gone = enrolled("NM55555")
    Enrolment.objects.filter(pk=gone.pk).update(status="withdrawn")
    found = expecting.expected(BY, "lungs")
    assert [(one.due.enrolment, one.due.state) for one in found] == [(overdue.pk, "overdue"), (due.pk, "due")]
    (_, first), (number, second) = expecting.lines(found)
    today = timezone.localdate()
    assert (number, second.patient_id, second.modalities) == (2, "NM1", ("CT",))
    assert (second.first_day, second.last_day) == (today - timedelta(days=30), today + timedelta(days=30))
    assert first.patient_id == "NM22"
    assert [one.due.enrolment for one in expecting.expected(BY, "lungs", "due")] == [due.pk]


def test_who_has_no_number_that_can_be_asked_for_is_told_and_not_asked_about(hospital):
    one, other = enrolled("NM*"), enrolled("NM22")
    Enrolment.objects.filter(pk=other.pk).update(day_zero=timezone.localdate().replace(year=1))
    assert [each.asked for each in expecting.expected(BY, "lungs")] == [None, None]
    assert expecting.lines(expecting.expected(BY, "lungs")) == []
    assert one.pk


def test_under_section_251_nothing_overdue_is_offered(hospital):
    enrolled("NM22", days=60)
    ResearchStudy.objects.filter(slug="lungs").update(accepted=config("lungs", legal_basis="s251"))
    assert expecting.expected(BY, "lungs") == []


def test_of_several_that_fit_none_is_guessed_and_another_modality_is_not_meant(pacs: FakePacs, node: PacsNode):
    today = timezone.localdate()
    for number, (patient, modality) in enumerate((("NM1", "CT"), ("NM1", "MR"), ("NM22", "CT"), ("NM22", "CT")), 10):
        found = StudyFound(f"1.2.{number}", f"Z{number}", patient, "Name", today, "1015", "", (modality,))
        pacs.add(found, s1=[f"1.2.{number}.1.1"])
    enrolled("NM1"), enrolled("NM22"), enrolled("NM333")
    asked = expecting.lines(expecting.expected(BY, "lungs"))
    pull = making.make(by=BY, research_study="lungs", pacs=node.pk, name="Expected", asked=asked)
    work_off()
    states = dict(pull.lines.values_list("patient_id", "state"))
    assert states == {"NM1": PullLine.ONE, "NM22": PullLine.SEVERAL, "NM333": PullLine.NONE}
    assert list(pull.series.values_list("study_uid", flat=True)) == ["1.2.10"]
    later()


def test_the_page_shows_it_and_asks_the_pacs(node: PacsNode, settings: Any):
    settings.ROOT_URLCONF = "isocentre.config.urls_gateway"
    enrolled("NM1")
    client, address = hospital.signed_in("radiographer"), reverse("intake:pull_expected")
    assert "choose one research study above" in hospital.text(client.get(address))
    page = hospital.text(client.get(address, {"research_study": "lungs"}))
    assert "1 planned visit to fetch" in page
    assert "NM1" not in page, "the number is not needed to choose"
    typed = {"research_study": "lungs", "state": "", "pacs": str(node.pk), "name": "Expected in spring"}
    for wrong in ({"pacs": ""}, {"name": ""}, {"research_study": "own"}, {"research_study": "nothing"}):
        answer = client.post(address, {**typed, **wrong}, follow=True)
        assert "Nothing was asked" in hospital.text(answer)
    assert not Pull.objects.exists()
    client.post(address, typed)
    pull = Pull.objects.get()
    assert (pull.name, pull.lines.get().modalities) == ("Expected in spring", "CT")
    lines = hospital.text(client.get(reverse("intake:pull_lines", args=[pull.pk])))
    assert "Hospital number NM1" in lines


def test_a_person_of_another_research_study_is_not_asked_about(node: PacsNode, settings: Any):
    settings.ROOT_URLCONF = "isocentre.config.urls_gateway"
    enrolled("NM1")
    client = hospital.signed_in("radiographer", "own")
    page = hospital.text(client.get(reverse("intake:pull_expected"), {"research_study": "lungs"}))
    assert "Baseline CT" not in page
    typed = {"research_study": "lungs", "state": "", "pacs": str(node.pk), "name": "Theirs"}
    client.post(reverse("intake:pull_expected"), typed)
    assert not Pull.objects.exists()
