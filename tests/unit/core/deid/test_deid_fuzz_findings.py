"""What fuzzing has found, each in its smallest form, so that it stays mended."""

from __future__ import annotations

from dataclasses import replace

import pytest
from support.checked import good
from support.dicom_bytes import BIG, EXPLICIT, IMPLICIT, JPEG, el, header, item, part10, seq, slice_of
from support.safe_private import KEY, V1, V2, WHO

from isocentre.core.deid import recheck
from isocentre.core.deid.engine import Outcome, deidentify
from isocentre.core.deid.profile import Profile
from isocentre.profiles import load

BASIC, REPOSITORY = load("basic", 1), load("repository", 1).without_cleaning()
NAME, NUMBER = "Brathwickle^Ottoline", "RXH7730194"
KNOWN = (NAME, NUMBER)
who = replace(WHO, face_waiver=True, known=KNOWN)
ISSUER, STATUS, REASON, NUMBERED = 0x00100024, 0x40080212, 0x00402001, 0x00200013


def outcome(data: bytes, profile: Profile = BASIC, known: tuple[str, ...] = KNOWN) -> Outcome:
    told = replace(who, known=known)
    fast, slow = (deidentify(data, profile=profile, study_key=KEY, context=told, slow=road) for road in (False, True))
    assert (fast.status, fast.reason) == (slow.status, slow.reason)
    return fast


def codes(data: bytes, profile: Profile = BASIC, known: tuple[str, ...] = KNOWN) -> list[str]:
    """What the second check says of what comes out; `known` is what the engine knows."""
    done = outcome(data, profile, known)
    assert done.plan is not None
    return [one.code for one in recheck.check(done.plan.head(data), needles=KNOWN)]


def written(data: bytes, profile: Profile = BASIC) -> bytes:
    done = outcome(data, profile)
    assert done.plan is not None
    return b"".join(done.plan.chunks(data))


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG])
@pytest.mark.parametrize(("tag", "vr", "size"), [(0x7FE00008, "OF", 16), (0x7FE00009, "OD", 32)])
def test_pictures_of_two_kinds_are_held(tag: int, vr: str, size: int, syntax: str) -> None:
    done = outcome(slice_of(syntax, **{f"t{tag:08X}": el(tag, vr, bytes(size), syntax)}))
    assert (done.status, done.reason) == ("held", "picture")


def test_nothing_follows_the_picture() -> None:
    data = slice_of() + el(0x7FE00020, "OW", NUMBER)
    assert codes(data) == []
    assert written(data).endswith(b"\1\2\3\4\5\6\7\x08")


def test_who_issued_an_id_goes_with_the_id() -> None:
    issuer = seq(ISSUER, [item(el(0x00400032, "UT", "1.2.826.0.1") + el(0x00400033, "CS", "ISO"))])
    for profile in (BASIC, V1, V2, REPOSITORY):
        data = slice_of(t00100024=issuer)
        assert codes(data, profile) == []
        assert b"1.2.826.0.1" not in written(data, profile)


def test_how_far_a_report_was_goes() -> None:
    data = slice_of(t40080212=el(STATUS, "CS", "APPROVED"))
    assert codes(data) == []
    assert b"APPROVED" not in written(data)


def test_a_reason_that_was_cleaned_stays() -> None:
    data = slice_of(t00402001=el(REASON, "LO", f"CT chest {NUMBER}"))
    assert codes(data, REPOSITORY) == []
    made = written(data, REPOSITORY)
    assert b"CT chest" in made
    assert NUMBER.encode() not in made
    assert b"CT chest " not in written(data)[132:]


@pytest.mark.parametrize("tag", [NUMBERED, 0x00280004])
@pytest.mark.parametrize("syntax", [EXPLICIT, BIG])
def test_items_under_the_tag_of_a_text_or_number_go(syntax: str, tag: int) -> None:
    inner = item(el(0x00100010, "PN", "SOMEBODY^ELSE", syntax), syntax)
    data = slice_of(syntax, **{f"t{tag:08X}": el(tag, "UN", inner, syntax)})
    assert codes(data) == []
    assert b"SOMEBODY" not in written(data)
    assert b"UN" in written(slice_of(t00200013=el(NUMBERED, "UN", "7 ")))


def test_digits_in_hexadecimal_behind_a_point_are_found() -> None:
    for text in ("1.2." + NUMBER.encode().hex(), "v12." + NUMBER.encode().hex()):
        data = slice_of(t00181020=el(0x00181020, "LO", text))
        assert codes(data, V1, ()) == ["identifier"]
        assert codes(data, V1) == []  # where the engine knows the number it goes


BORN = "19270213"
CENTRE = 0x00281050


@pytest.mark.parametrize(
    "text", ["4019270213", f"31.1{BORN}0", f"-1{BORN} 4", "40\0" + BORN + "7", BORN.encode().hex()]
)
def test_a_birth_date_among_the_digits_of_a_number_is_found(text: str) -> None:
    made = written(slice_of(t00281050=el(CENTRE, "DS", text)))
    assert [one.code for one in recheck.check(made, needles=(BORN,))] == ["identifier"]
    other = written(slice_of(t00281050=el(CENTRE, "DS", "4019270214")))
    assert recheck.check(other, needles=(BORN,)) == []


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG])
def test_a_birth_date_in_utf_16_is_found_with_digits_before(syntax: str) -> None:
    text = "12".encode("utf-16-le") + BORN.encode("utf-16-le")
    made = written(slice_of(syntax, t00281101=el(0x00281101, "US", text, syntax)))
    assert [one.code for one in recheck.check(made, needles=(BORN,))] == ["identifier"]


@pytest.mark.parametrize(("tag", "vr"), [(0x0018605A, "FL"), (0x00189073, "FD"), (0x00280106, "US")])
@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT, BIG])
def test_items_and_odd_lengths_under_the_tag_of_a_binary_number_go(syntax: str, tag: int, vr: str) -> None:
    inner = item(el(0x00100020, "LO", "RXH7730", syntax) + el(0x00100021, "LO", "NHS ", syntax), syntax)
    data = slice_of(syntax, **{f"t{tag:08X}": el(tag, vr, inner, syntax)})
    assert codes(data) == []
    assert b"RXH7730" not in written(data)
    assert b"NHS" not in written(data)


@pytest.mark.parametrize("vr", ["DA", "IS", "FD"])
def test_a_name_that_came_as_something_else_is_replaced_by_a_name(vr: str) -> None:
    verifier, demanded = 0x0040A075, seq(0x0040A073, [item(el(0x0040A075, vr, "19270213"))])
    assert codes(slice_of(t0040A073=demanded), REPOSITORY) == []
    assert codes(slice_of(t0040A075=el(verifier, vr, "19270213")), REPOSITORY) == []


def test_a_birth_date_among_digits_under_the_tag_of_a_binary_number_is_found() -> None:
    made = written(slice_of(t00281101=el(0x00281101, "US", f"20\0\0{BORN}240315-20240316")))
    assert [one.code for one in recheck.check(made, needles=(BORN,))] == ["identifier"]


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("OTQzNDc2NTkxO\x7f==", ["identifier"]),
        ("OTQzNDc2NTk==", []),
        ("NYTE5MjcwMjEzONE", ["identifier"]),  # the birth date, a letter before and a digit after
    ],
)
def test_a_number_in_base64_that_was_cut_off_or_written_on_is_found(code: str, found: list[str]) -> None:
    data = good(t0008103E=el(0x0008103E, "LO", f"CT chest {code}"))
    assert [one.code for one in recheck.check(data, needles=("9434765919", BORN))] == found


@pytest.mark.parametrize("vr", ["DA", "US", "LO"])
def test_a_uid_that_came_as_something_else_goes(vr: str) -> None:
    data = slice_of(t00080014=el(0x00080014, vr, "19270213"), t006A0003=el(0x006A0003, vr, "19270213"))
    for profile in (BASIC, load("pet", 1).without_cleaning()):
        assert codes(data, profile) == []
        assert b"19270213" not in written(data, profile)


@pytest.mark.parametrize("joined", ["Brathwickle_Ottoline", "OTTOLINE/BRATHWICKLE", "BRATHWICKLEOTTOLINE"])
def test_a_whole_name_is_found_in_the_name_of_a_model(joined: str) -> None:
    data = slice_of(t00081090=el(0x00081090, "LO", f"Scanner {joined} 3"))
    assert codes(data, known=()) == ["identifier"]
    assert codes(data) == []  # where the engine knows the name it goes


def test_a_part_of_a_name_may_be_the_makers() -> None:
    assert codes(slice_of(t00080070=el(0x00080070, "LO", "Brathwickle Medical"))) == []


@pytest.mark.parametrize("vr", ["FD", "SV", "US"])
@pytest.mark.parametrize("nested", [False, True])
def test_a_character_set_that_is_a_number_is_held(vr: str, nested: bool) -> None:
    charset = el(0x00080005, vr, "ISO_IR 192")
    inside = {"t00081140": seq(0x00081140, [item(charset)])} if nested else {"t00080005": charset}
    for profile in (REPOSITORY, BASIC):  # what people said is looked for under every profile
        done = outcome(slice_of(**inside), profile)
        assert (done.status, done.reason) == ("held", "unparseable")


@pytest.mark.parametrize("nested", [False, True])
def test_a_character_set_with_signs_that_do_not_show_is_held(nested: bool) -> None:
    charset = el(0x00080005, "CS", b"ISO 2022 IR 6\\\0SO 2022 IR 87 ")
    padded = el(0x00080005, "CS", b"ISO_IR 192\0\0")
    for value, reason in ((charset, "unparseable"), (padded, "")):
        inside = {"t00081140": seq(0x00081140, [item(value)])} if nested else {"t00080005": value}
        assert outcome(slice_of(**inside), REPOSITORY).reason == reason


@pytest.mark.parametrize(("vr", "reason"), [("UN", "unparseable"), ("OB", "")])
def test_fragments_under_an_unknown_value_representation_are_held(vr: str, reason: str) -> None:
    fragments = seq(0x7FE00010, [item(b""), item(b"\xff\xd8\xff\xd9")], is_open=True, vr=vr)
    data = part10(b"".join(header()[tag] for tag in sorted(header())) + fragments, JPEG)
    assert outcome(data).reason == reason
