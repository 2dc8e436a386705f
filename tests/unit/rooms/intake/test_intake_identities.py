"""Two numbers, one person or two: asked of a person here, scans held meanwhile, decided, undone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone
from support.hospital import LEAD, NUMBER, arrive, enrolled, newcomer, routed, signed_in, text

from isocentre.audit.models import AuditRow
from isocentre.core.actor import Scope
from isocentre.core.checks import Unfit
from isocentre.core.hl7.notices import Kind, Notice, Number
from isocentre.core.routing import Route
from isocentre.rooms.intake import hooks, persons
from isocentre.rooms.intake.identities import asking, deciding
from isocentre.rooms.intake.identities.listening import Hearing
from isocentre.rooms.intake.models import Enrolment, IdentityQuestion, LedgerRow, Person, PersonNumber

pytestmark = pytest.mark.usefixtures("hospital")
MAY = replace(LEAD, permissions=frozenset({"identities_decide", "enrolment_edit", "held_act", "held_view"}))
REASON = "The patient administration system has it so"
OTHER = "NM888001"
HEAD = "MSH|^~\\&|PAS|HOSP|ISO|HOSP|20260303104200||ADT^{0}^ADT_A39|{1}|P|2.5.1\rEVN|{0}\r"


def notice(kind: Kind = Kind.MERGE, right: str = NUMBER, before: str = OTHER) -> Notice:
    return Notice(kind, "A40", (Number(right, "HOSP"),), (Number(before, "HOSP"),))


def ask(*notices: Notice, control: str = "M1") -> list[IdentityQuestion]:
    return asking.hear(notices or (notice(),), source="hl7", told_by="10.0.8.5", control_id=control)


def other(slug: str = "lungs", number: str = OTHER, **facts: Any) -> Enrolment:
    today = timezone.localdate()
    return persons.enrol(by=LEAD, research_study=slug, hospital_number=number, name="Babbage^Charles",
                         consented_on=today, day_zero=today, **{"subject_id": "01/008", **facts})  # fmt: skip


def decide(one: IdentityQuestion, decision: str, by: Any = MAY) -> dict[str, int]:
    return deciding.decide(by=by, pk=one.pk, decision=decision, reason=REASON)


def refused(one: IdentityQuestion, decision: str, reason: str = REASON) -> dict[str, str]:
    with pytest.raises(Unfit) as error:
        deciding.decide(by=MAY, pk=one.pk, decision=decision, reason=reason)
    return error.value.errors


def unassigned(uid: str, number: str) -> LedgerRow:
    arrive(newcomer(uid, facts={"patient_id": number, "study_uid": "1.9"}))
    return LedgerRow.objects.get(sop_instance_uid=uid)


def test_messages_about_people_nobody_enrolled_leave_no_row() -> None:
    unassigned("1.9.1", OTHER)
    assert ask(notice(right="NM1", before=OTHER)) == []
    assert not IdentityQuestion.objects.exists()
    assert not AuditRow.objects.filter(action="identity_asked").exists()


def test_a_merge_of_an_enrolled_person_is_held_for_a_person_with_their_scans() -> None:
    one = enrolled()
    routed(one, "1.1")
    [question] = ask()
    assert (question.kind, question.right_person, question.before_person) == ("merge", one.person, None)
    held = LedgerRow.objects.get(sop_instance_uid="1.1")
    assert (held.disposition, held.cause) == ("held", "identity_question")
    assert routed(one, "1.2").cause == "identity_question"
    told = AuditRow.objects.get(action="identity_asked")
    assert told.detail == {"kind": "merge", "source": "hl7", "images": 1}
    assert NUMBER not in str(told.detail)


def test_both_numbers_lead_to_one_person_once_a_person_says_so() -> None:
    one = enrolled()
    waits = unassigned("1.9.1", OTHER)
    routed(one, "1.1")
    [question] = ask()
    assert decide(question, "join") == {"pending": 2}
    assert persons.find(patient_id=OTHER) == persons.find(patient_id=NUMBER) == one.person
    waits.refresh_from_db()
    assert (waits.disposition, waits.research_study, waits.enrolment) == ("pending", "lungs", one)
    assert not Person.objects.exclude(pk=one.person_id).exists()
    assert ask(control="M2") == [], "both lead to one person already: there is nothing to ask"


def test_two_enrolled_people_become_one_and_each_enrolment_keeps_its_key() -> None:
    stays, goes = enrolled(), other("own", nhs_number="9990000018", birth_date=timezone.localdate())
    key = goes.key_used
    [question] = ask()
    assert (question.right_person, question.before_person) == (stays.person, goes.person)
    decide(question, "join")
    goes.refresh_from_db()
    assert (goes.person, goes.key_used) == (stays.person, key)
    assert list(Person.objects.all()) == [stays.person]
    joined = Person.objects.get()
    assert (joined.nhs_number, joined.other_names) == ("9990000018", "Babbage^Charles")
    assert persons.find(patient_id="9990000018") == persons.find(patient_id=OTHER) == joined


def test_two_subjects_of_one_research_study_are_not_made_one_by_a_click() -> None:
    stays, goes = enrolled(), other()
    [question] = ask()
    assert refused(question, "join") == {"decision": deciding.BOTH_ACTIVE}
    Enrolment.objects.filter(pk=goes.pk).update(status="withdrawn")
    decide(question, "join")
    goes.refresh_from_db()
    assert goes.person != stays.person, "what was sent on stays of the subject it was sent on as"
    assert persons.find(patient_id=OTHER) == stays.person
    row = routed(stays, "1.5", patient_id=OTHER)
    assert (row.disposition, row.enrolment) == ("pending", stays)


def test_a_decision_is_undone_as_if_it_had_not_been() -> None:
    stays, goes = enrolled(), other("own", nhs_number="9990000018")
    before = [Person.objects.filter(pk=one.person_id).values().get() for one in (stays, goes)]
    [question] = ask()
    decide(question, "join")
    deciding.undo(by=MAY, pk=question.pk)
    assert [Person.objects.filter(pk=one.person_id).values().get() for one in (stays, goes)] == before
    assert Enrolment.objects.get(pk=goes.pk).person_id == goes.person_id
    assert not PersonNumber.objects.exists()
    question.refresh_from_db()
    assert (question.state, question.decided_by, question.before_person_id) == ("open", "", goes.person_id)
    routed(stays, "1.1")
    decide(question, "keep")
    row = LedgerRow.objects.get(sop_instance_uid="1.1")
    assert row.disposition == "pending"
    deciding.undo(by=MAY, pk=question.pk)
    row.refresh_from_db()
    assert (row.disposition, row.cause) == ("held", "identity_question"), "it is asked again, so it waits again"
    decide(question, "keep")
    LedgerRow.objects.update(sent_at=timezone.now())
    with pytest.raises(Unfit) as sent:
        deciding.undo(by=MAY, pk=question.pk)
    assert sent.value.errors == {"question": deciding.SENT}
    LedgerRow.objects.update(sent_at=None)
    IdentityQuestion.objects.update(decided_at=timezone.now() - deciding.UNDO_FOR)
    with pytest.raises(Unfit):
        deciding.undo(by=MAY, pk=question.pk)


def test_what_was_filed_under_a_number_is_of_the_other_person_after_a_move() -> None:
    stays, goes = enrolled(), other("own")
    [question] = ask(notice(Kind.MOVE))
    assert list(deciding.options(question)) == ["right", "keep"]
    decide(question, "right")
    assert persons.find(patient_id=OTHER) == stays.person
    assert Enrolment.objects.get(pk=goes.pk).person == goes.person
    deciding.undo(by=MAY, pk=question.pk)
    assert persons.find(patient_id=OTHER) == goes.person


def test_a_number_that_was_moved_to_nobody_here_leads_nowhere_and_a_new_person_gets_a_key_of_their_own() -> None:
    goes = enrolled("own")
    [question] = ask(notice(Kind.MOVE, right="NM1", before=NUMBER))
    decide(question, "right")
    assert persons.find(patient_id=NUMBER) is None
    new = persons.enrol(by=LEAD, research_study="own", hospital_number=NUMBER, name="Babbage^Charles")
    assert new.person != goes.person
    assert new.key_used not in ("", goes.key_used)
    assert persons.find(patient_id=NUMBER) == new.person


def test_two_people_taken_for_one_are_two_again() -> None:
    one = enrolled()
    [merged] = ask()
    decide(merged, "join")
    routed(one, "1.1", patient_id=OTHER)
    [question] = ask(notice(Kind.UNLINK), control="M2")
    assert list(deciding.options(question)) == ["before", "right", "keep"]
    assert decide(question, "before") == {"held": 1} or LedgerRow.objects.get(sop_instance_uid="1.1").cause
    assert persons.find(patient_id=OTHER) is None
    assert persons.find(patient_id=NUMBER) == one.person
    row = LedgerRow.objects.get(sop_instance_uid="1.1")
    assert (row.disposition, row.cause) == ("held", "not_enrolled"), "it does not go on as theirs"
    deciding.undo(by=MAY, pk=question.pk)
    assert persons.find(patient_id=OTHER) == one.person


def test_an_unlink_of_numbers_that_were_never_one_is_nothing_to_ask() -> None:
    enrolled()
    assert ask(notice(Kind.UNLINK)) == []


def test_the_same_message_again_is_counted_and_what_was_answered_is_not_asked_again_by_it() -> None:
    enrolled()
    [first], [again] = ask(), ask()
    assert first.pk == again.pk
    assert IdentityQuestion.objects.get().seen == 2
    decide(first, "keep")
    assert ask() == [], "the very message that was answered"
    assert IdentityQuestion.objects.get().seen == 3
    [new] = ask(control="M2")
    assert new.pk != first.pk, "said anew, by another message"
    with pytest.raises(Unfit):
        deciding.undo(by=MAY, pk=first.pk)


def test_a_reason_names_nobody_and_a_decision_is_one_of_those_offered() -> None:
    enrolled()
    [question] = ask()
    assert set(refused(question, "before")) == {"decision"}
    assert set(refused(question, "join", reason="")) == {"reason"}
    assert set(refused(question, "join", reason=f"Number {OTHER} is hers")) == {"reason"}
    decide(question, "join")
    with pytest.raises(PermissionDenied):
        decide(question, "keep")


def test_only_those_of_the_research_study_see_and_decide() -> None:
    enrolled()
    [question] = ask()
    foreign = replace(MAY, scope=Scope(pairs=frozenset({("own", "*")})))
    assert not deciding.visible(foreign).exists()
    for by in (foreign, replace(MAY, permissions=frozenset())):
        with pytest.raises(PermissionDenied):
            decide(question, "keep", by)
    with pytest.raises(Unfit):
        deciding.undo(by=foreign, pk=question.pk)


def hear(event: str, *segments: str, control: str = "M1") -> str:
    data = HEAD.format(event, control) + "\r".join(segments)
    return Hearing().hear(data.encode(), address="10.0.8.5").decode()


def test_what_the_listener_answers_does_not_tell_whether_anybody_is_enrolled() -> None:
    nobody = hear("A40", f"PID|||{NUMBER}", f"MRG|{OTHER}")
    enrolled()
    somebody = hear("A40", f"PID|||{NUMBER}", f"MRG|{OTHER}")
    assert "MSA|AA|M1" in nobody
    assert nobody.split("\r")[1] == somebody.split("\r")[1]
    assert IdentityQuestion.objects.get().told_by == "10.0.8.5"


@pytest.mark.parametrize(("event", "segments", "code"), [
    ("A40", ("PID|||1",), "AR"), ("A08", ("PID|||1",), "AA"), ("A37", ("PID|||1", "PID|||2"), "AA"),
])  # fmt: skip
def test_what_cannot_be_understood_is_said(event: str, segments: tuple[str, ...], code: str) -> None:
    ears = Hearing()
    said = ears.hear((HEAD.format(event, "M7") + "\r".join(segments)).encode(), address="a").decode()
    assert f"MSA|{code}|M7" in said
    assert (ears.taken, ears.refused) == ((0, 1) if code == "AR" else (1, 0))
    assert b"MSA|AR|" in ears.hear(b"no message", address="a")


def test_while_the_database_is_away_the_sender_is_told_to_send_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    from django.db import OperationalError

    def away(*_: object, **__: object) -> None:
        raise OperationalError("locked")

    monkeypatch.setattr(asking, "hear", away)
    assert "MSA|AE|M1|Busy: send it again" in hear("A40", f"PID|||{NUMBER}", f"MRG|{OTHER}")


def test_the_pages_from_the_list_to_the_decision_and_back() -> None:
    one = enrolled()
    routed(one, "1.1")
    [question] = ask()
    client = signed_in("imaging_lead")
    listed = text(client.get("/intake/numbers/"))
    assert "Two numbers of one person" in listed
    assert NUMBER not in listed
    page = text(client.get(f"/intake/numbers/{question.pk}/"))
    assert NUMBER in page
    assert OTHER in page
    assert "Wrong patient" in page
    assert "The HL7 message (A40) from 10.0.8.5 says" in page
    assert client.post(f"/intake/numbers/{question.pk}/", {"decision": "join", "reason": ""}).status_code == 400
    done = client.post(f"/intake/numbers/{question.pk}/", {"decision": "join", "reason": REASON}, follow=True)
    assert "It is decided" in text(done)
    assert "Undo" in text(done)
    assert "1 question about" in text(client.get("/intake/numbers/?state=settled"))
    assert "0 questions about" in text(client.get("/intake/numbers/"))
    undone = client.post(f"/intake/numbers/{question.pk}/undo", follow=True)
    assert "the question is open again" in text(undone)
    assert client.get(f"/intake/numbers/{question.pk + 7}/").status_code == 404


def test_by_form_it_is_said_like_by_a_message() -> None:
    client = signed_in("imaging_lead")
    said = {"kind": "merge", "right": NUMBER, "before": OTHER}
    nobody = client.post("/intake/numbers/say", said)
    assert nobody.status_code == 400
    assert "nothing was kept" in text(nobody)
    enrolled()
    for wrong in ({"kind": ""}, {"right": ""}, {"before": NUMBER}):
        assert client.post("/intake/numbers/say", said | wrong).status_code == 400
    assert client.post("/intake/numbers/say", said | {"kind": "unlink"}).status_code == 400, "they never were one"
    foreign = signed_in("imaging_lead", "own")
    assert "nothing was kept" in text(foreign.post("/intake/numbers/say", said))
    assert not IdentityQuestion.objects.exists()
    asked = client.post("/intake/numbers/say", said, follow=True)
    assert "says that NM777001 and NM888001 are numbers of one person" in text(asked)
    assert IdentityQuestion.objects.get().source == "form"


def test_what_waits_stands_on_the_worklist() -> None:
    enrolled()
    ask()
    [item] = [one for one in hooks.worklist(MAY) if "patient numbers" in one.text]
    assert (item.count, item.url) == (1, "/intake/numbers/")
    assert not [one for one in hooks.worklist(replace(MAY, permissions=frozenset())) if "numbers" in one.text]


def test_an_opted_out_scan_is_not_shown_under_its_number() -> None:
    one = enrolled()
    arrive(newcomer("1.7", route=Route("lungs", enrolment_id=one.pk)))
    LedgerRow.objects.filter(sop_instance_uid="1.7").update(disposition="opted_out")
    [question] = ask()
    assert "None came under them" in text(signed_in("imaging_lead").get(f"/intake/numbers/{question.pk}/"))
