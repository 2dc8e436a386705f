"""Every row of PS3.15 Table E.1-1, with every option, for every type: what the engine does is what the table says.

The table is read straight from the JSON copy, and what it means is worked out here, by code of its own.
"""

import json
import re
from struct import pack

import pytest
from pydicom.datadict import dictionary_VR
from support.data import data_path
from support.dicom_bytes import el, item, seq

from isocentre.core.deid import road, walking
from isocentre.core.deid.demands import Demands
from isocentre.core.deid.keys import Keys
from isocentre.core.deid.profile import OPTIONS, parse
from isocentre.core.dicom.walk import EXPLICIT_LE
from isocentre.profiles import load

COLUMNS = {
    113103: "cleanGraphOpt", 113104: "cleanStructContOpt", 113105: "cleanDescOpt", 113106: "rtnLongFullDatesOpt",
    113107: "rtnLongModifDatesOpt",
    113108: "rtnPatCharsOpt", 113109: "rtnDevIdOpt", 113110: "rtnUIDsOpt", 113112: "rtnInstIdOpt",
}  # fmt: skip
DATES = {113106: "full", 113107: "shifted"}
CHOICES = [
    (),
    *((code,) for code in COLUMNS),
    tuple(c for c in COLUMNS if c != 113106),
    tuple(c for c in COLUMNS if c != 113107),
]
SMALL = {"OB": b"\7\7", "OW": b"\7\7", "UN": b"\7\7", "US": b"\7\7", "FD": pack("<d", 7), "UL": pack("<L", 7)}
TEXT = {"DA": "20240315", "DT": "20240315101112", "TM": "101112", "UI": "1.2.3.4", "DS": "7", "IS": "7", "AS": "050Y"}
# What a combination means (PS3.15 E.3.1): by the type 1, 2 or 3 of the attribute in its IOD. References by UID stay,
# keyed, whatever the type: U is among what the row offers, and no reference breaks.
BY_TYPE = {"X/Z": "ZZX", "X/D": "DDX", "Z/D": "DZZ", "X/Z/D": "DZX", "X/Z/U*": "UUU"}
# Sequences that may be left out, though the row says D, because all of their module goes with them.
NO_ITEM = {"00340001", "00700001"}


def profile_of(options):
    dates = next((DATES[code] for code in options if code in DATES), "removed")
    said = "".join(f"\n  - {{code: {code}, why: test}}" for code in options) or " []"
    text = load("basic").text.replace("dates: removed", f"dates: {dates}").replace("options: []", f"options:{said}")
    return parse(re.sub(r"actions:\n.*?sop_classes", "actions: []\nsop_classes", text, flags=re.DOTALL))


def wanted(row, vr, options, kind):
    """The action that the table asks for."""
    said = {row.get(COLUMNS[code]) for code in options}
    if vr in ("DA", "DT", "TM") and "rtnLongFullDatesOpt" in row:
        if 113106 in options:
            return "K"
        if 113107 in options:
            return "C"
    elif "K" in said:
        return "K"
    elif "C" in said and vr == "SQ":
        return "C"
    action = row["basicProfile"]
    action = BY_TYPE[action][kind - 1] if "/" in action else action
    return "U" if vr == "UI" and action in "ZD" else action


def seen(tag, vr, out, source, value):
    """The action that was done, by what is left of a data set with this one element."""
    assert b"SMITHSON" not in out or out == source
    if out == source:
        return "K"
    if not out:
        return "X"
    head = 12 if vr in ("SQ", "OB", "OW", "UN", "UC", "UR", "UT") else 8
    assert out[:4] == source[:4]
    left = out[head:]
    if not left:
        return "Z"
    if vr == "SQ":
        return "walked" if value[-10:] in left else "D"
    if left.startswith(b"2.25."):
        return "U"
    return "C" if left.strip() in (b"20240105", b"20240105101112") else "D"


def sample(tag, vr):
    if vr == "SQ":
        kind = el(0x0040A040, "CS", "NUM")  # without it a report would be held
        return seq(tag, [item(el(0x00100010, "PN", "SMITHSON^ADA") + kind)]), kind
    value = SMALL.get(vr) or TEXT.get(vr) or "SMITHSON"
    return el(tag, vr, value), value


@pytest.mark.parametrize("options", CHOICES, ids=str)
def test_every_row_is_done_as_the_table_says(options):
    profile, keys = profile_of(options), Keys(b"k" * 32, 10)
    rows = json.loads((data_path("") / "ps315.json").read_text())
    assert len(rows) == 621
    tried = 0
    for row in rows:
        if re.search("[xXG]", row["tag"]):
            continue
        tag = int(re.sub(r"[(),]", "", row["tag"]), 16)
        vr = "OB" if dictionary_VR(tag) == "OB or OW" else dictionary_VR(tag)
        source, value = sample(tag, vr)
        for kind in (1, 2, 3):
            place = walking.Rules(profile, Demands({}, kind))
            done = set()
            for slow in (False, True):
                walk = walking.Walk(place, place, place, keys, slow)
                pieces = road.run(walk, source, 0, len(source), EXPLICIT_LE)
                out = b"".join(p if isinstance(p, bytes) else source[p[0] : p[0] + p[1]] for p in pieces)
                done.add(seen(tag, vr, out, source, value))
            want = wanted(row, vr, options, kind)
            if tag >> 16 in (0x0000, 0x0002, 0x0004, 0x0012) or tag in (0x00100010, 0x00100020):
                want = "X"  # what the engine writes itself, and what is no part of a data set
            elif vr == "SQ" and want in "KUC":
                want = "walked"
            elif vr == "SQ" and want == "D" and (kind != 1 or row["id"] in NO_ITEM):
                want = "X"
            elif vr == "TM" and want == "C":
                want = "K"  # whole weeks leave the time of day
            assert done == {want}, (row, kind)
            tried += 1
    assert tried == 617 * 3
    assert {113100, 113111, *COLUMNS} == set(OPTIONS)  # 113111 has a table of its own, and tests


def test_what_is_only_removed_is_emptied_or_replaced_where_an_iod_cannot_do_without():
    profile, keys, tried = profile_of(()), Keys(b"k" * 32, 10), 0
    for row in json.loads((data_path("") / "ps315.json").read_text()):
        if row["basicProfile"] != "X" or re.search("[xXG]", row["tag"]) or row["tag"] < "(0008":
            continue
        tag = int(re.sub(r"[(),]", "", row["tag"]), 16)
        vr = "OB" if dictionary_VR(tag) == "OB or OW" else dictionary_VR(tag)
        source, value = sample(tag, vr)
        if tag >> 16 == 0x0012 or vr == "SQ":
            continue
        for kind, want in ((1, "U" if vr == "UI" else "D"), (2, "U" if vr == "UI" else "Z"), (3, "X")):
            place = walking.Rules(profile, Demands({} if kind == 3 else {tag: kind}, 3))
            pieces = road.run(walking.Walk(place, place, place, keys), source, 0, len(source), EXPLICIT_LE)
            out = b"".join(p if isinstance(p, bytes) else source[p[0] : p[0] + p[1]] for p in pieces)
            assert seen(tag, vr, out, source, value) == want, row
            tried += 1
    assert tried > 900
    place, source = walking.Rules(profile, Demands({0x00080201: 1}, 3)), el(0x00080201, "SH", "+0100")
    assert road.run(walking.Walk(place, place, place, keys), source, 0, len(source), EXPLICIT_LE) == [
        el(0x00080201, "SH", "+0000")
    ]
