"""HL7 v2 messages as senders write them, well and badly; the acknowledgement repeats nothing of a person."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isocentre.core.hl7.message import BadMessage, acknowledgement, read

AT = datetime(2026, 3, 3, 10, 42, tzinfo=UTC)
HEAD = "MSH|^~\\&|PAS|HOSP|ISO|HOSP|20260303104200||ADT^A40^ADT_A39|M1|P|2.5.1"


def message(*segments, head=HEAD, end="\r", encoding="utf-8"):
    return end.join((head, *segments, "")).encode(encoding)


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n"])
def test_segments_end_as_the_standard_says_or_as_senders_do(end):
    read_one = read(message("PID|1||111^^^HOSP^MR", end=end))
    assert [one.name for one in read_one.segments] == ["MSH", "PID"]
    assert (read_one.event, read_one.control_id) == (("ADT", "A40"), "M1")
    assert read_one.head.text(1) == "|"
    assert read_one.head.text(12) == "2.5.1"


def test_separators_are_those_the_message_names():
    one = read(b"MSH#*~\\&#PAS####20260303##ADT*A40#M1#P#2.3\rPID###1*2~3*4\r")
    assert one.event == ("ADT", "A40")
    assert one.segments[1].repetitions(3) == [("1", "2"), ("3", "4")]


def test_only_the_first_four_marks_need_be_named_and_a_fifth_of_2_7_is_no_matter():
    assert read(b"MSH|^~\\|A||||||ADT^A40|M1\r").event == ("ADT", "A40")
    assert read(b"MSH|^~\\&#|A||||||ADT^A40|M1\r").event == ("ADT", "A40")


@pytest.mark.parametrize(
    ("raw", "plain"),
    [("a\\F\\b", "a|b"), ("a\\S\\b", "a^b"), ("a\\T\\b", "a&b"), ("a\\R\\b", "a~b"), ("a\\E\\b", "a\\b"),
     ("\\X4141\\", "AA"), ("\\H\\loud\\N\\", "loud"), ("open\\end", "openend"), ("\\Xzz\\", ""), (" a ", "a")],
)  # fmt: skip
def test_escapes_are_put_back(raw, plain):
    assert read(message(f"PID|{raw}")).segments[1].text(1) == plain


@pytest.mark.parametrize(
    ("said", "encoding"),
    [("UNICODE UTF-8", "utf-8"), ("8859/1", "latin-1"), ("", "utf-8"), ("", "cp1252"), ("ASCII", "cp1252"),
     ("WHATEVER", "utf-8")],
)  # fmt: skip
def test_names_are_read_in_the_character_set_of_the_message(said, encoding):
    head = f"{HEAD}||||||{said}"
    assert read(message("PID|Zoë", head=head, encoding=encoding)).segments[1].text(1) == "Zoë"


def test_bytes_of_no_character_set_are_read_all_the_same():
    assert read(message("PID|a") + b"NTE|\x81\r").segments[2].text(1) == "\x81"


def test_what_is_not_there_is_empty_and_two_quotes_say_nothing():
    one = read(message('PID|""|a')).segments[1]
    assert (one.text(1), one.text(2), one.text(9), one.text(2, 4)) == ("", "a", "", "")
    assert one.repetitions(1) == []


@pytest.mark.parametrize(
    "data",
    [b"", b"\r\r", b"PID|1\r", b"MSH", b"MSH|", b"MSH|^~\r", b"MSH|^^^^|\r", b"MSHa^~\\&|\r", b"MSH  ~\\&|\r",
     b"MSH|^~\\&|\r" + b"NTE|1\r" * 600],
)  # fmt: skip
def test_what_is_no_message_is_refused_without_being_quoted(data):
    with pytest.raises(BadMessage) as refused:
        read(data)
    assert "NTE" not in str(refused.value)


@given(st.binary(max_size=300))
def test_whatever_comes_is_a_message_or_refused(data):
    for one in (data, b"MSH|^~\\&|" + data):
        try:
            found = read(one)
        except BadMessage:
            continue
        assert acknowledgement(found, "AA", at=AT).startswith(b"MSH|^~\\&|ISOCENTRE|")
        for segment in found.segments:
            segment.repetitions(3)


def test_an_acknowledgement_repeats_the_control_id_and_nothing_of_a_person():
    said = acknowledgement(read(message("PID|1||999 000 0018")), "AA", at=AT).decode()
    head, msa, end = said.split("\r")
    assert head.split("|")[8] == "ACK^A40^ACK"
    assert head.split("|")[11] == "2.5.1"
    assert (msa, end) == ("MSA|AA|M1", "")
    assert "0018" not in said


def test_of_a_message_nobody_can_read_the_acknowledgement_says_why():
    said = acknowledgement(None, "AR", "Not understood: it does not begin with MSH", at=AT).decode()
    assert "|ACK|" in said
    assert "MSA|AR||Not understood: it does not begin with MSH\r" in said


@pytest.mark.parametrize("head", ["MSH|^~\\&|P||||||ADT^A40|M\\X0D\\1|P|2.9x", "MSH|^~\\&|P||||||ADT^A\\X0D\\4|é|P|"])
def test_what_would_break_the_acknowledgement_is_not_repeated(head):
    said = acknowledgement(read(message(head=head)), "AA", at=AT)
    assert said.count(b"\r") == 2
    assert b"|2.5\r" in said
