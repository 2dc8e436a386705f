"""Rules that people made of findings: what is alike, what each kind does to it, and what no rule can ever do."""

import io
import json
from dataclasses import replace

import pydicom
import pytest
from support.burned import GREY, WHO, Pulled, Told, blacked, burned, text
from support.dicom_bytes import CT, MR, US, el

from isocentre.core.deid import recheck
from isocentre.core.deid.engine import PixelCleaner, deidentify
from isocentre.core.deid.profile import parse as profile_of
from isocentre.core.deid.reviewed import (
    Alike,
    BadRules,
    Reviewed,
    Rule,
    alike,
    boxes,
    differs,
    dump,
    inside,
    parse,
    tells,
)
from isocentre.core.dicom.header import read_header
from isocentre.core.ports import NoPicture
from isocentre.profiles import load

KEY = b"k" * 32
LIKE = Alike(US, "MAKER", "MODEL", 12, 20)
NAME, LOGO = text(2, 3, 8, 6), text(10, 3, 14, 6, "ACME PRO")
BOX = (2, 3, 8, 6)
HOLDING = load("trial-ct-mr", 2)
CLEANING = profile_of(HOLDING.text.replace("do: hold", "do: clean_pixels"))


def rule(kind="black", **changes):
    given = {"like": LIKE, "boxes": (BOX,)} if kind in ("black", "clean", "allow") else {"tag": 0x0008103E}
    return Rule(kind, "Seen on every picture of this device", **{**given, **changes})


def run(data, *rules, profile=HOLDING, finder=None, context=WHO, texts=None):
    return deidentify(
        data, profile=profile, study_key=KEY, context=context, pixels=PixelCleaner(finder or Told(), Pulled()),
        reviewed=Reviewed(rules), texts=texts,
    )  # fmt: skip


def written(data, outcome):
    assert outcome.status == "done", outcome
    return pydicom.dcmread(io.BytesIO(b"".join(outcome.plan.chunks(data))))


def test_what_a_picture_is_like_is_read_from_its_header():
    assert alike(read_header(burned(GREY))) == LIKE
    spaced = burned(GREY, t00080070=el(0x00080070, "LO", "maker  of\tthings"), without=(0x00280010,))
    assert alike(read_header(spaced)) == Alike(US, "MAKER OF THINGS", "MODEL", 0, 20)
    big = burned(GREY, syntax="1.2.840.10008.1.2.2")
    assert alike(read_header(big)).rows == 12
    assert LIKE.named
    assert not replace(LIKE, model="").named


def test_boxes_are_black_by_rule_before_anything_is_read():
    data = burned(GREY)
    finder = Told(NAME)
    outcome = run(data, rule(), profile=CLEANING, finder=finder)
    assert written(data, outcome).PixelData == blacked(GREY, 1, BOX)
    assert [(one.frame, one.box, one.why) for one in outcome.pixels] == [(0, BOX, rule().name)]
    assert outcome.rules == (rule().name,)
    # A name that the reader places elsewhere is black as well.
    outcome = run(data, rule(boxes=((0, 0, 1, 1),)), profile=CLEANING, finder=Told(NAME))
    assert [one.why for one in outcome.pixels] == [rule().name, "text"]


def test_a_black_box_alone_lets_no_held_kind_pass():
    outcome = run(burned(GREY), rule())
    assert (outcome.status, outcome.reason, outcome.rules) == ("held", "ultrasound", ())


def test_a_held_kind_passes_once_it_is_clean_where_people_say_so():
    data = burned(GREY, t00280301=el(0x00280301, "CS", "YES"))
    outcome = run(data, rule("clean"))
    ds = written(data, outcome)
    assert ds.PixelData == blacked(GREY, 1, BOX)
    assert ds.BurnedInAnnotation == "NO"
    assert outcome.rules == (rule("clean").name,)
    assert "113101" in [one.CodeValue for one in ds.DeidentificationMethodCodeSequence]
    stubborn = run(data, rule("clean"), finder=Told(text(10, 3, 14, 6), stubborn=True))
    assert (stubborn.status, stubborn.reason) == ("held", "pixel_text")
    other = run(burned(GREY, t00081090=el(0x00081090, "LO", "OTHER")), rule("clean"))
    assert other.reason == "ultrasound"


def test_a_picture_that_passes_unread_is_black_by_rule_and_one_that_says_it_has_text_stays_held():
    black = rule(like=replace(LIKE, sop_class=CT))
    plain, says = burned(GREY, sop_class=CT), burned(GREY, sop_class=CT, t00280301=el(0x00280301, "CS", "YES"))
    assert written(plain, run(plain)).PixelData == GREY
    assert written(plain, run(plain, black)).PixelData == blacked(GREY, 1, BOX)
    assert run(says, black).reason == "burned_in"
    assert run(says, black, rule("clean", like=black.like, boxes=())).status == "done"


def test_a_rule_of_one_scan_is_for_that_scan_alone():
    data = burned(GREY)
    assert run(data, rule("clean", scan="1.2.3.1")).status == "done"
    assert run(data, rule("clean", scan="1.2.3.9")).reason == "ultrasound"
    assert rule("clean", scan="1.2.3.1").code != rule("clean").code


def test_what_a_profile_leaves_out_or_nobody_can_clean_is_not_lifted():
    left_out = profile_of(HOLDING.text.replace("do: hold", "do: leave_out"))
    assert run(burned(GREY), rule("clean"), profile=left_out).status == "left_out"
    report = burned(GREY, sop_class="1.2.840.10008.5.1.4.1.1.104.1")
    pdf = rule("clean", like=replace(LIKE, sop_class="1.2.840.10008.5.1.4.1.1.104.1"))
    assert run(report, pdf).reason == "document"


def test_text_may_stay_where_a_rule_allows_it_unless_it_tells_of_the_patient():
    data, allow = burned(GREY), rule("allow", boxes=((9, 2, 15, 7),))
    outcome = run(data, allow, profile=CLEANING, finder=Told(LOGO))
    assert written(data, outcome).PixelData == GREY
    assert outcome.pixels == ()
    assert outcome.rules == (allow.name,)
    again = run(data, allow, profile=CLEANING, finder=Told(text(10, 3, 14, 6, "ADA SMITHSON")))
    assert [one.why for one in again.pixels] == ["text"]
    assert again.rules == ()
    beside = run(data, allow, profile=CLEANING, finder=Told(NAME))
    assert [one.why for one in beside.pixels] == ["text"]
    both = run(data, allow, rule(), profile=CLEANING, finder=Told(LOGO, NAME))
    assert written(data, both).PixelData == blacked(GREY, 1, BOX)
    assert set(both.rules) == {allow.name, rule().name}


def test_a_picture_that_shows_a_face_is_not_cleaned_by_rule():
    head = burned(GREY, sop_class=MR, t00180015=el(0x00180015, "CS", "HEAD"))
    clean = rule("clean", like=replace(LIKE, sop_class=MR))
    outcome = run(head, clean, profile=load("trial-ct-mr", 3), context=replace(WHO, face_waiver=False))
    assert (outcome.status, outcome.reason) == ("held", "face_series")
    assert run(head, clean).status == "done"


@pytest.mark.parametrize(
    ("one", "regions", "wanted"),
    [
        ((5, 5, 9, 9), ((5, 5, 9, 9),), True),
        ((1, 1, 13, 13), ((5, 5, 9, 9),), True),
        ((0, 5, 9, 9), ((5, 5, 9, 9),), False),
        ((5, 5, 9, 14), ((5, 5, 9, 9),), False),
        ((5, 5, 9, 9), (), False),
    ],
)
def test_a_text_may_stick_out_of_its_region_by_a_little(one, regions, wanted):
    assert inside(one, regions) is wanted


@pytest.mark.parametrize(
    ("said", "wanted"),
    [("ACME PRO", False), ("Smithson A", True), ("ID RXH-1234567 X", True), ("RXH12", False), ("", False)],
)
def test_whether_a_text_tells_of_the_patient(said, wanted):
    assert tells(said, ("SMITHSON^ADA", "RXH1234567", "X-1")) is wanted


def slice_of(description):
    return burned(GREY, sop_class=CT, t0008103E=el(0x0008103E, "LO", description))


def test_a_whole_value_stays_by_rule_and_the_second_check_accepts_it_there_alone():
    data, keep = slice_of("Smithson xqz protocol"), rule("keep", phrase="Smithson xqz protocol")
    texts = {}
    before = run(data, profile=load("trial-ct-mr", 2), texts=texts)
    assert "Smithson" not in written(data, before).get("SeriesDescription", "")
    assert texts == {}  # a name went, so it is no text that a rule might keep
    run(slice_of("fast xqz protocol"), texts=texts)
    assert texts == {(0x0008103E, "fast xqz protocol"): "fast protocol"}
    outcome = run(data, keep)
    assert written(data, outcome).SeriesDescription == "Smithson xqz protocol"
    assert outcome.rules == (keep.name,)
    head = outcome.plan.head(data)
    allowed = Reviewed([keep]).kept
    assert [one.code for one in recheck.check(head, needles=WHO.known)] == ["identifier"]
    assert recheck.check(head, needles=WHO.known, allowed=allowed) == []
    assert recheck.check(head, needles=WHO.known, allowed=[(0x0008103E, "Smithson")]) != []
    assert recheck.check(head, needles=WHO.known, allowed=[(0x00081030, "Smithson xqz protocol")]) != []
    elsewhere = burned(GREY, sop_class=CT, t0008103E=el(0x0008103E, "LO", "Smithson xqz protocol"),
                       t00181140=el(0x00181140, "CS", "SMITHSON"))  # fmt: skip
    assert recheck.check(run(elsewhere, keep).plan.head(elsewhere), needles=WHO.known, allowed=allowed) != []
    assert run(slice_of("Smithson xqz protocol 2"), keep).rules == ()


def test_a_phrase_goes_by_rule_though_it_is_vocabulary():
    data, drop = slice_of("chest LONG axis"), rule("drop", phrase="long")
    assert written(data, run(data)).SeriesDescription == "chest LONG axis"
    outcome = run(data, drop)
    assert written(data, outcome).SeriesDescription == "chest axis"
    assert outcome.rules == (drop.name,)
    assert outcome.report.cleaned == {"rule": 1}
    assert run(slice_of("chest longaxis"), drop).rules == ()
    twice = run(slice_of("long axis\\long"), drop, rule("drop", phrase="axis"))
    assert twice.report.cleaned == {"rule": 3}


def test_the_file_of_rules_is_read_back_as_it_was_written():
    rules = (rule(version=3), rule("clean", boxes=()), rule("allow"), rule("keep", phrase="t2 xqz"))
    kept_here = (rule("drop", phrase="SMITHSON"), rule(scan="1.2.3"))
    told = dump((*rules, *kept_here))
    assert parse(told) == rules
    assert "SMITHSON" not in told
    assert "1.2.3" not in told.replace("1.2.840", "")
    assert [one.widens for one in rules] == [False, True, True, True]
    assert differs(rules[0], rule(boxes=((0, 0, 1, 1),)))
    assert not differs(rules[0], rule(version=9))


def _changed(**changes):
    plain = rule().plain() | changes
    return {"isocentre_rules": 1, "rules": [plain]}


@pytest.mark.parametrize(
    "made",
    [
        "{", "[]", '{"isocentre_rules": 2, "rules": []}', '{"isocentre_rules": 1, "rules": [], "more": 1}',
        '{"isocentre_rules": 1, "rules": {}}', '{"isocentre_rules": 1, "rules": [3]}',
        {"isocentre_rules": 1, "rules": [{}] * 10_001}, {"isocentre_rules": 1, "rules": [rule().plain()] * 2},
        _changed(kind="drop"), _changed(kind="run"), _changed(kind=["black"]), _changed(scan="1.2"),
        _changed(code="R-AAAAAAAA"),
        _changed(version=0), _changed(version=True), _changed(reason=""), _changed(reason="a\nb"),
        _changed(reason="a" * 301), _changed(boxes=[]), _changed(boxes=[[0, 0, 1]]), _changed(boxes=[[0, 0, 1, 1.5]]),
        _changed(boxes=[[0, 0, 21, 1]]), _changed(boxes=[[3, 0, 3, 1]]), _changed(boxes=[[0, 0, True, 1]]),
        _changed(like=[US, "MAKER", "MODEL", 12]), _changed(like=[US, 3, "MODEL", 12, 20]),
        _changed(like=[US, "MAKER", "MODEL", 0, 20]), _changed(like=[US, "M" * 65, "MODEL", 12, 20]),
        {"isocentre_rules": 1, "rules": [rule("keep", phrase="x").plain() | {"phrase": " x"}]},
        {"isocentre_rules": 1, "rules": [rule("keep", phrase="x").plain() | {"phrase": "a\\b"}]},
        {"isocentre_rules": 1, "rules": [rule("keep", phrase="x").plain() | {"tag": "nowhere"}]},
    ],
)  # fmt: skip
def test_a_file_that_is_not_as_it_should_be_is_refused_whole(made):
    with pytest.raises(BadRules):
        parse(made if isinstance(made, str) else json.dumps(made))


def test_boxes_are_at_most_a_hundred_and_each_once():
    many = [(n % 20, n // 20, n % 20 + 1, n // 20 + 1) for n in range(101)]
    with pytest.raises(ValueError, match="too many"):
        boxes(many, LIKE)
    assert boxes([(2, 3, 8, 6), (2, 3, 8, 6), (0, 0, 1, 1)], LIKE) == ((0, 0, 1, 1), (2, 3, 8, 6))


def test_what_would_be_black_is_told_without_anything_being_changed():
    cleaner = PixelCleaner(Told(NAME, LOGO), Pulled())
    allow = rule("allow", boxes=((9, 2, 15, 7),))
    seen = cleaner.look(read_header(burned(GREY)), WHO.known, (rule(boxes=((0, 0, 1, 1),)), allow), 5)
    assert [(one.frame, one.box, one.why == "text") for one in seen] == [(0, (0, 0, 1, 1), False), (1, BOX, True)]
    film = Told(NAME)
    PixelCleaner(film, Pulled()).look(read_header(burned(bytes(range(200)) * 12, frames=10)), (), (), 3)
    assert film.read == 3


def test_one_frame_of_a_picture_is_taken_out():
    other = bytes(reversed(GREY))
    cleaner = PixelCleaner(Told(), Pulled((GREY, other)))
    native = read_header(burned(GREY + other, frames=2))
    packed = read_header(burned(b"", syntax="1.2.840.10008.1.2.4.50", encapsulated=(b"ab", b"cd"), frames=2))
    for header in (native, packed):
        assert [cleaner.frame(header, number)[1] for number in (0, 1)] == [GREY, other]
        for number in (-1, 2):
            with pytest.raises(NoPicture):
                cleaner.frame(header, number)
    with pytest.raises(NoPicture):
        PixelCleaner(Told(), Pulled((GREY,))).frame(packed, 1)
