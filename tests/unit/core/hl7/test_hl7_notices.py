"""What ADT messages say of two numbers: HL7 v2.5.1 chapter 3."""

import pytest

from isocentre.core.hl7.message import BadMessage, read
from isocentre.core.hl7.notices import Kind, Notice, Number, notices


def adt(event, *segments, code="ADT"):
    head = f"MSH|^~\\&|PAS|HOSP|ISO|HOSP|20260303104200||{code}^{event}|M1|P|2.5.1"
    return read("\r".join((head, f"EVN|{event}", *segments, "")).encode())


A, B = Number("111", "HOSP"), Number("222", "HOSP")
PID, MRG = "PID|1||111^^^HOSP^MR||Lovelace^Ada", "MRG|222^^^HOSP^MR"


@pytest.mark.parametrize("event", ["A40", "A34", "A18"])
def test_a_merge_names_who_stays_and_the_number_before(event):
    assert notices(adt(event, PID, MRG)) == [Notice(Kind.MERGE, event, (A,), (B,))]


def test_one_message_merges_several_patients():
    other = ("PID|||333^^^HOSP", "PD1|x", "MRG|444^^^HOSP", "PV1|x")
    assert [one.right[0].value for one in notices(adt("A40", PID, "PD1|x", MRG, "PV1|x", *other))] == ["111", "333"]


def test_a_move_names_the_number_and_the_patients_it_was_moved_between():
    [one] = notices(adt("A43", "PID||E1|111^^^HOSP", "MRG|111^^^HOSP|||E2"))
    assert one == Notice(Kind.MOVE, "A43", (A, Number("E1")), (A, Number("E2")))


def test_an_unlink_names_both_in_a_pid_each():
    assert notices(adt("A37", PID, "PID|||222^^^HOSP")) == [Notice(Kind.UNLINK, "A37", (A,), (B,))]


def test_older_messages_name_the_number_in_pid_2():
    [one] = notices(adt("A34", "PID||111^^^HOSP", "MRG|222^^^HOSP"))
    assert one.right == (A,)


@pytest.mark.parametrize("number", ["999 000 0018^^^NHS^NH", "9990000018^^^X&2.16.840.1.113883.2.1.4.1&ISO^NH",
                                    "999-000-0018^^^NHS"])  # fmt: skip
def test_an_nhs_number_is_known_as_one(number):
    [one] = notices(adt("A40", f"PID|||{number}~111^^^HOSP", MRG))
    assert one.right == (Number("9990000018", nhs=True), A)


def test_what_says_it_is_an_nhs_number_and_is_none_is_a_number_like_others():
    [one] = notices(adt("A40", "PID|||9990000019^^^NHS^NH", MRG))
    assert one.right == (Number("9990000019", "NHS"),)
    assert "9990000019" not in repr(one)


@pytest.mark.parametrize(("code", "event"), [("ADT", "A08"), ("ADT", "A01"), ("ORU", "A40"), ("ADT", "")])
def test_other_messages_say_nothing(code, event):
    assert notices(adt(event, PID, MRG, code=code)) == []


def test_a_number_merged_into_itself_is_nothing_to_ask():
    assert notices(adt("A40", PID, "MRG|111^^^HOSP^MR")) == []


@pytest.mark.parametrize(
    "segments",
    [(), (PID,), (MRG,), (PID, PID, MRG), ("PID|||", MRG), (PID, 'MRG|""'), (PID, MRG, PID), (PID, "MRG|^^^HOSP"),
     (PID, f"MRG|{'9' * 65}"), (PID, MRG) * 51],
)  # fmt: skip
def test_a_merge_that_is_cut_is_refused(segments):
    with pytest.raises(BadMessage) as refused:
        notices(adt("A40", *segments))
    assert "111" not in str(refused.value)


@pytest.mark.parametrize("segments", [(PID,), (PID, PID, PID), (PID, "PID|||")])
def test_an_unlink_that_is_cut_is_refused(segments):
    with pytest.raises(BadMessage):
        notices(adt("A37", *segments))
