"""What lay so in the object before is not walked again, and comes out as if it had been."""

from __future__ import annotations

from dataclasses import replace
from struct import pack
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.dicom_bytes import CT, EXPLICIT, IMPLICIT, PET, el, item, part10, seq, slice_of

from isocentre.core.deid import blocks, engine, private, road
from isocentre.core.deid.engine import Outcome, SubjectContext, deidentify
from isocentre.core.dicom import stretches
from isocentre.profiles import load

KEY = b"a" * 32
TRIAL = load("trial-ct-mr", 2).without_cleaning()
CREATOR = el(0x00190010, "LO", "GEMS_ACQU_01")
WHO = SubjectContext(
    pseudonym="P-ABCDEFGHIJKL", subject_id="S-01", sponsor="Sponsor", protocol_id="PROT1", protocol_name="Protocol one",
    site_id="RXH", site_name="", time_point_id="", time_point_description="", study_day=None, face_waiver=False,
    shift_weeks=10, known=("RXH1234567",),
)  # fmt: skip


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    for remembered in (engine.cleaner, engine._rules, engine._keys, blocks._inserts):
        remembered.cache_clear()


def of(number: int, syntax: str = EXPLICIT, **changes: Any) -> bytes:
    """The slice of this number in a series."""
    own = {
        "t00080018": el(0x00080018, "UI", f"1.2.3.4.{number}", syntax),
        "t00080032": el(0x00080032, "TM", f"1011{number:02}", syntax),
        "t00200013": el(0x00200013, "IS", str(number), syntax),
        "t00200032": el(0x00200032, "DS", f"0\\0\\{number}.5", syntax),
        "t00081140": seq(0x00081140, [item(el(0x00081155, "UI", "1.2.3.9", syntax), syntax)], syntax),
        "t00181151": el(0x00181151, "IS", "200", syntax), "t00181152": el(0x00181152, "IS", "90", syntax),
        "t00189345": el(0x00189345, "FD", pack("<d", 6.5), syntax),
        "t00280106": el(0x00280106, "US", b"\0\0", syntax), "t00281050": el(0x00281050, "DS", "40", syntax),
        "t00281051": el(0x00281051, "DS", "400", syntax), "t00281052": el(0x00281052, "DS", "0", syntax),
        "t00281053": el(0x00281053, "DS", "1", syntax),
    }  # fmt: skip
    theirs = own | changes
    absent = [name for name in ("t00080005", *own) if name not in own or theirs[name] is None]
    return slice_of(syntax, **{name: it for name, it in theirs.items() if it is not None or name not in absent})


def odd(number: int, creator: bytes = CREATOR, vr: str = "DS") -> bytes:
    """A private group of which the third element moves."""
    values = ["1.5", "2", f"{number}.25", "3", "4", "5", "6"]
    group = (
        el(0x00191000 + at, vr, value) for at, value in zip((2, 3, 0x24, 0x25, 0x26, 0x27, 0x2A), values, strict=True)
    )
    return creator + b"".join(group)


def whole(outcome: Outcome, data: bytes) -> bytes:
    assert outcome.plan is not None, outcome
    return b"".join(outcome.plan.chunks(data))


def run(data: bytes, profile: Any = TRIAL, context: SubjectContext = WHO, **more: Any) -> Outcome:
    return deidentify(data, profile=profile, study_key=KEY, context=context, **more)


def assert_same(data: bytes, **more: Any) -> Outcome:
    """The outcome, the same as by the road that remembers nothing."""
    fast, slow = run(data, **more), run(data, slow=True, **more)
    assert (fast.status, fast.reason, fast.words, fast.rules) == (slow.status, slow.reason, slow.words, slow.rules)
    assert fast.report == slow.report
    if fast.plan is not None:
        assert whole(fast, data) == whole(slow, data)
    return fast


@pytest.fixture
def walked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Tags that the ordinary road asked a change of, or a private rule."""
    tags: list[int] = []
    change, judged = road._change, private.Group._judged

    def changing(walk: Any, buffer: Any, element: Any, *rest: Any) -> int:
        tags.append(element.tag)
        return change(walk, buffer, element, *rest)

    def judging(group: Any, rule: Any, element: Any) -> Any:
        tags.append(element.tag)
        return judged(group, rule, element)

    monkeypatch.setattr(road, "_change", changing)
    monkeypatch.setattr(private.Group, "_judged", judging)
    return tags


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT])
def test_a_series_comes_out_as_if_each_slice_were_the_first(syntax: str) -> None:
    for number in range(1, 7):
        assert_same(of(number, syntax))


def test_only_what_moves_is_walked_again(walked: list[int]) -> None:
    for number in range(1, 6):
        walked.clear()
        run(of(number))
    first_two = {0x00080008, 0x00080016}  # too few to be worth it
    assert set(walked) == {*first_two, 0x00080018, 0x7FE00010}


def test_of_a_private_group_only_what_moves_is_judged_again(walked: list[int]) -> None:
    for number in range(1, 6):
        walked.clear()
        run(of(number, t00190010=odd(number)))
    assert {tag for tag in walked if tag >> 16 == 0x19} == {0x00191024}


def test_private_groups_come_out_the_same_whoever_reserves_the_block() -> None:
    for number in range(1, 5):
        assert_same(of(number, t00190010=odd(number)))
    other = el(0x00190010, "LO", "NOBODY KNOWS")
    for number in (5, 6, 7):
        assert_same(of(number, t00190010=odd(number, other)))
    for number in (8, 9):
        assert_same(of(number, t00190010=odd(number)))
    assert_same(of(9, t00190010=odd(9, CREATOR + CREATOR)))


def test_a_group_of_two_and_an_object_without_a_picture_are_walked_as_ever() -> None:
    two = CREATOR + el(0x00191024, "DS", "1.25") + el(0x00191025, "DS", "2")
    for number in (1, 2, 3):
        assert_same(of(number, t00190010=two))
        assert_same(of(number, t00190010=two, pixels=None))


def test_an_element_that_is_missing_or_new_is_no_hindrance() -> None:
    for number in (1, 2, 3):
        assert_same(of(number))
    assert_same(of(4, t00281050=None))
    assert_same(of(5, t00281050=None, t00281051=None, t00281052=None, t00281053=None))
    assert_same(of(6, t00180050=el(0x00180050, "DS", "2.5")))
    assert_same(of(7))


def test_a_character_set_that_changes_is_seen() -> None:
    named = {"t00081030": el(0x00081030, "LO", "CT Thorax nativ \u00e9".encode("latin-1"))}
    sets = ["ISO_IR 100", "ISO_IR 100", "ISO_IR 100", "ISO_IR 101", "ISO_IR 101", "ISO_IR 100"]
    for number, charset in enumerate(sets, 1):
        assert_same(of(number, t00080005=el(0x00080005, "CS", charset), **named))


def test_what_is_held_counts_the_same_until_there(monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (1, 2, 3):
        assert_same(of(number))
    held = assert_same(of(4, t00280301=el(0x00280301, "CS", "YES")))
    assert held.reason == "burned_in"
    short = of(5)
    cut = assert_same(short[: short.index(b"\x28\0\x06\x01") + 9])
    assert cut.reason == "unparseable"
    twice = assert_same(of(6, t00281051=el(0x00281051, "DS", "400") * 2))
    assert twice.reason == "unparseable"
    private_cut = odd(7)[:-3]
    for number in (1, 2, 3):
        assert_same(of(number, t00190010=odd(number)))
    assert_same(part10(of(8, t00190010=private_cut)[:2000]))


def test_what_is_known_of_each_slice_is_no_hindrance(walked: list[int]) -> None:
    for number in range(1, 6):
        walked.clear()
        run(of(number), context=replace(WHO, known=("RXH1234567", f"1.2.3.4.{number}")))
    assert 0x00200052 not in walked
    assert 0x00080018 in walked


def test_where_uids_are_written_down_everything_is_walked() -> None:
    for number in (1, 2, 3):
        run(of(number))
    log: dict[str, str] = {}
    run(of(4), uid_log=log)
    assert {"1.2.3.4.4", "1.2.3.1", "1.2.3.2", "1.2.3.9"} <= set(log)


def test_elements_are_counted_by_tag_and_lost_texts_noted_as_without_a_memory() -> None:
    for number in (1, 2, 3, 4):
        data = of(number, t00081030=el(0x00081030, "LO", "CT chest zzyzx qqq"), t00190010=odd(number))
        run(data)
        noted: list[dict[str, dict[Any, Any]]] = []
        for slow in (False, True):
            noted.append({"tags": {(0x00100010, "X"): 3}, "texts": {(0x00100010, "old"): "new"}})
            run(data, slow=slow, **noted[-1])
        assert noted[0] == noted[1]
        assert noted[0]["tags"][0x00100010, "X"] == 4
        assert len(noted[0]["texts"]) > 1


def test_other_rules_other_subjects_and_more_of_them_than_are_kept() -> None:
    for number in range(1, 4):
        for subject in range(6):
            assert_same(of(number), context=replace(WHO, subject_id=f"S-{subject}"))
        assert_same(of(number), profile=load("basic", 1))


def test_what_an_attribute_is_in_one_kind_of_object_is_not_what_it_is_in_another() -> None:
    for number in range(1, 5):
        for kind in (CT, PET):  # Series Date is optional in one, and the other must have it
            data = of(number, sop_class=kind)
            out = whole(assert_same(data, profile=load("basic", 1)), data)
            assert (el(0x00080021, "DA", "19000101") in out) == (kind == PET)


def test_a_long_header_is_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stretches, "LARGEST", 16)
    for number in (1, 2, 3):
        assert_same(of(number))


def test_a_head_is_said_to_show_its_face_whatever_is_remembered() -> None:
    for number, part in enumerate(("CHEST", "CHEST", "CHEST", "HEAD", "HEAD", "CHEST"), 1):
        outcome = assert_same(of(number, t00180015=el(0x00180015, "CS", part)), context=replace(WHO, face_waiver=True))
        assert (b"\x28\0\x02\x03" in whole(outcome, of(number, t00180015=el(0x00180015, "CS", part)))) == (
            part == "HEAD"
        )


_TAGS = (0x00080005, 0x00080022, 0x00081030, 0x00100010, 0x00120010, 0x00180015, 0x00181000, 0x00200011, 0x00280301)
_VRS = {0x00080005: "CS", 0x00080022: "DA", 0x00081030: "LO", 0x00100010: "PN", 0x00120010: "LO", 0x00180015: "CS",
        0x00181000: "LO", 0x00200011: "IS", 0x00280301: "CS"}  # fmt: skip
_VALUES = ("", "CHEST", "HEAD", "20240102", "NO", "YES", "ISO_IR 100", "CT chest of Smithson", "7", "SMITHSON^ADA")
_changes = st.dictionaries(st.sampled_from(_TAGS), st.none() | st.sampled_from(_VALUES), max_size=3)


@pytest.mark.no_cover
@given(st.lists(_changes, min_size=3, max_size=8), st.sampled_from([EXPLICIT, IMPLICIT]), st.booleans())
def test_whatever_changes_from_slice_to_slice(series: list[dict[int, str | None]], syntax: str, waived: bool) -> None:
    for number, changes in enumerate(series, 1):
        given = {
            f"t{tag:08x}": None if value is None else el(tag, _VRS[tag], value, syntax)
            for tag, value in changes.items()
        }
        assert_same(of(number, syntax, **given), context=replace(WHO, face_waiver=waived))
