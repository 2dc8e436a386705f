"""Accession lists: read, kept, matched by number and issuer, and what was left out let in by them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from support.hospital import LEAD, OTHER, arrive, config, enrolled, newcomer, signed_in, text

from isocentre.audit.models import AuditRow
from isocentre.core.checks import Unfit
from isocentre.core.routing import Route
from isocentre.rooms.intake import accessions, door, tables
from isocentre.rooms.intake.models import Arrival, LedgerRow, ListedAccession, ResearchStudy
from isocentre.rooms.intake.reroute import Router

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("hospital")]
CONFIG = replace(LEAD, permissions=LEAD.permissions | {"study_config_accept"})


def lines(typed: str) -> list[accessions.Line]:
    return accessions.read_list(tables.rows_of(typed))


def left(uid: str = "1.5.1", *, accession: str = "ACC9", cause: str = "no_visit", days: int = 90, **facts: str) -> None:
    """An image of the enrolled person that was left out."""
    one = enrolled()
    said = {"study_uid": uid.rpartition(".")[0], "accession": accession,
            "acquired": (timezone.localdate() + timedelta(days=days)).isoformat(), **facts}  # fmt: skip
    arrive(newcomer(uid, route=Route("lungs", "left_out", cause, "Words.", enrolment_id=one.pk), facts=said))


def test_a_list_is_read_with_and_without_headings() -> None:
    assert [one.named for one in lines("ACC1\nACC2\n")] == [("ACC1", ""), ("ACC2", "")]
    assert [one.named for one in lines("Issuer;Accession number\nRNM;ACC1\n")] == [("ACC1", "RNM")]
    assert [one.named for one in lines("accession\nACC1")] == [("ACC1", "")]
    assert [one.named for one in lines("ACC1,RNM\n'=1+1,\n")] == [("ACC1", "RNM"), ("=1+1", "")]
    bad = lines("ACC1\n" + "A" * 17 + "\n,RNM\nACC\\2\nACC3," + "I" * 65)
    assert [bool(one.error) for one in bad] == [False, True, True, True, True]
    for typed in ("", "issuer\nRNM", "accession\n", "A1\n" * 20_001):
        with pytest.raises(Unfit):
            lines(typed)


def test_numbers_of_two_issuers_are_two_scans_and_what_is_not_said_is_not_compared() -> None:
    accessions.add(by=LEAD, research_study="lungs", named=[("7", "RNM"), ("8", "")])
    assert accessions.listed_for("7", "RNM") == {"lungs"}
    assert accessions.listed_for("7", "RXH") == frozenset()
    assert accessions.listed_for("7", "") == {"lungs"}
    assert accessions.listed_for("8", "RXH") == {"lungs"}
    assert accessions.listed_for("", "RNM") == frozenset()
    asked = [("7", "RNM"), ("7", "RXH"), ("8", "RXH"), ("9", ""), ("", "")]
    assert accessions.listed_for_many(asked) == {
        ("7", "RNM"): {"lungs"}, ("7", "RXH"): frozenset(), ("8", "RXH"): {"lungs"}, ("9", ""): frozenset()
    }  # fmt: skip


def test_what_was_left_out_goes_on_once_it_is_listed_and_twice_changes_nothing() -> None:
    left()
    left("1.6.1", accession="ACC8")
    assert accessions.add(by=LEAD, research_study="lungs", named=[("ACC9", ""), ("ACC9", "")]) == (1, {"pending": 1})
    assert accessions.add(by=LEAD, research_study="lungs", named=[("ACC9", "")]) == (0, {})
    assert dict(LedgerRow.objects.values_list("sop_instance_uid", "disposition")) == {
        "1.5.1": "pending", "1.6.1": "left_out"
    }  # fmt: skip
    left("1.7.1", accession="ACC7")
    Arrival.objects.update(erased_at=timezone.now())
    assert accessions.add(by=LEAD, research_study="lungs", named=[("ACC7", "")]) == (1, {}), "its original is gone"
    assert AuditRow.objects.filter(action="accessions_listed").count() == 2
    said = [str(one.detail) for one in AuditRow.objects.all()]
    assert not [one for one in said if "ACC9" in one]


def test_consent_holds_for_what_is_listed() -> None:
    left(days=-60)
    assert accessions.add(by=LEAD, research_study="lungs", named=[("ACC9", "")])[1] == {"left_out": 1}
    assert LedgerRow.objects.get().cause == "before_consent"


def test_a_research_study_that_takes_its_list_only() -> None:
    enrolled()
    assert accessions.set_only(by=CONFIG, research_study="lungs", only=True, reason="The sponsor asks for it")
    assert not accessions.set_only(by=CONFIG, research_study="lungs", only=True, reason="The sponsor asks for it")
    arrive(newcomer("1.2"))
    row = LedgerRow.objects.select_related("arrival").get()
    assert Router().placed(row)[0].route.cause == "not_listed"
    accessions.add(by=LEAD, research_study="lungs", named=[("ACCNEEDLE1", "")])
    assert Router().placed(row)[0].route.disposition == "pending"
    for slug, why in (("own", "Why not"), ("none", "Why not"), ("lungs", ""), ("lungs", "NHS 9434765919")):
        with pytest.raises(Unfit):
            accessions.set_only(by=CONFIG, research_study=slug, only=False, reason=why)
    with pytest.raises(PermissionDenied):
        accessions.set_only(by=LEAD, research_study="lungs", only=False, reason="Why not")


def test_scope_and_permission() -> None:
    with pytest.raises(PermissionDenied):
        accessions.add(by=OTHER, research_study="lungs", named=[("A", "")])
    with pytest.raises(Unfit):
        accessions.add(by=LEAD, research_study="nothing", named=[("A", "")])
    accessions.add(by=LEAD, research_study="lungs", named=[("A", ""), ("B", "")])
    key = ListedAccession.objects.get(accession="A").pk
    elsewhere = signed_in("radiographer", research_study="own")
    assert "<td" not in text(elsewhere.get("/intake/enrolment/accessions/"))
    elsewhere.post("/intake/enrolment/accessions/remove", {"chosen": key})
    assert ListedAccession.objects.count() == 2
    assert accessions.remove(by=LEAD, keys=[key, key + 99]) == 1
    assert accessions.remove(by=LEAD, keys=[key]) == 0


def test_what_a_list_to_fetch_named_is_forgotten_after_a_while() -> None:
    accessions.keep(by=LEAD, research_study="lungs", named=[("A", "")], source=accessions.FETCHING)
    accessions.keep(by=LEAD, research_study="lungs", named=[("B", "")], source=accessions.LIST)
    assert accessions.forget() == 0
    assert accessions.forget(timezone.now() + timedelta(days=91)) == 1
    assert ListedAccession.objects.get().accession == "B"


def test_the_pages_take_a_list_say_what_is_wrong_and_take_numbers_off() -> None:
    left()
    person = signed_in("radiographer")
    url = "/intake/enrolment/accessions/"
    assert "No accession number is listed" in text(person.get(url))
    wrong = person.post(f"{url}add", {"research_study": "lungs", "list": "ACC9\n" + "A" * 20})
    assert (wrong.status_code, "Line 2: This is no accession number" in text(wrong)) == (400, True)
    assert person.post(f"{url}add", {"research_study": "", "list": "ACC9"}).status_code == 400
    data: dict[str, Any] = {"research_study": "lungs", "list": "ACC9\n" + "A" * 20, "confirm": "good"}
    done = text(person.post(f"{url}add", data, follow=True))
    assert "1 accession number listed" in done
    assert "Images that were left out were looked at again: 1 image on its way" in done
    file = BytesIO(b"Accession number,Issuer\nACC5,RNM\n")
    file.name = "list.csv"
    person.post(f"{url}add", {"research_study": "lungs", "file": file})
    csv = text(person.get(f"{url}?format=csv&research_study=lungs"))
    assert "ACC5,RNM,lungs" in csv
    assert person.post(f"{url}remove", {}, follow=True).status_code == 200
    key = ListedAccession.objects.get(accession="ACC5").pk
    assert "1 accession number taken off" in text(person.post(f"{url}remove", {"chosen": key}, follow=True))
    lead = signed_in("imaging_lead")
    assert lead.post(f"{url}only", {"research_study": "lungs", "only": "", "reason": "x"}).status_code == 400
    lead.post(f"{url}only", {"research_study": "lungs", "only": "yes", "reason": "The sponsor asks for it"})
    assert ResearchStudy.objects.get(slug="lungs").accessions_only
    assert "Only what is listed" in text(lead.get(url))


def test_a_new_proposal_in_force_keeps_what_the_hospital_set() -> None:
    ResearchStudy.objects.filter(slug="lungs").update(accessions_only=True, proposal=config("lungs", version=2))
    door.accept(by=CONFIG, slug="lungs")
    assert ResearchStudy.objects.get(slug="lungs").accessions_only
