"""Make the answers of one original: what the standard asks of each element, and what was planted into it.

From the rows of PS3.15 Table E.1-1 as data (`facts`), and from cases reviewed by hand (below). It knows nothing of how
any engine decides; where the standard leaves a choice (C, X/Z/U*), only what was planted is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from isocentre.core.score import unnamed
from isocentre.core.score.model import ANYWHERE, Answer, Expected, Key
from isocentre.core.score.reading import Found
from isocentre.core.score.required import required
from isocentre.core.score.text import folded, words

OPTIONS = {
    113104: "cleanStructContOpt",
    113103: "cleanGraphOpt",
    113105: "cleanDescOpt",
    113106: "rtnLongFullDatesOpt",
    113107: "rtnLongModifDatesOpt",
    113108: "rtnPatCharsOpt",
    113109: "rtnDevIdOpt",
    113110: "rtnUIDsOpt",
    113112: "rtnInstIdOpt",
}
"""The column of each option of CID 7050 in the rows that `facts` reads."""
_LONGITUDINAL = {"removed": "REMOVED", "shifted": "MODIFIED", "full": "UNMODIFIED"}
_TAG = re.compile(r"\((\w{4}),(?:\"([^\"]*)\",)?(\w{2,4})\)")
_UID = re.compile(r"[012](\.(0|[1-9]\d*))+")
_OF_DICOM = re.compile(r"1\.2\.840\.10008(\.(0|[1-9]\d{0,3}))+")
_DATE = re.compile(r"(19|20)\d\d\.?(0[1-9]|1[0-2])\.?([012]\d|3[01])(\d{2})*(\.\d+)?([+-]\d{4})?")
_AGE = re.compile(r"(\d{3})([DWMY])")
_TEXT_VRS = frozenset({"AE", "AS", "CS", "DS", "IS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"})
_KEPT_VRS = frozenset({"AT", "CS", "DS", "FD", "FL", "IS", "SL", "SS", "SV", "UL", "US", "UV"})
_SAYS_NOTHING = frozenset(
    {"", "0", "00", "000", "000000", "000000.00", "00010101", "19000101", "removed", "none", "unknown", "no", "yes",
     "anonymized", "anonymised", "anonymous", "anon"}
)  # fmt: skip

# Reviewed by hand. Nothing is asked of what the new object says for itself (group 0012 goes as a whole), of groups that
# may be in no data set, of the character set, of group lengths; of overlays and curves only what was planted (the table
# names their data, and what is left without it is of no use), and of text that the table forgets: labels of channels,
# notes and descriptions of what is drawn are as free as any description that it names.
_NOT_ASKED = frozenset(
    {0x00080005, 0x00280301, 0x00280302, 0x00280303, 0x003A0020, 0x003A0203, 0x00700006, 0x00700068, 0x00700081}
)
_AGE_TAG, _PATIENT_ID = 0x00101010, "(0010,0020)"
# Device Sequence is about what is in or on the patient: serial number, UID and UDI of an implant go with its owner.
_DEVICES, _SERIALS = 0x00500010, frozenset({0x00181000, 0x00181002, 0x00181009, 0x0018100A})
# Private elements that quantitative imaging needs (PS3.15 Table E.3.10-1 and makers' conformance statements): b value
# and direction of Siemens, GE and Philips, scaling of Philips; when decay begins (a date, which moves with the others).
SAFE = frozenset(
    {
        ("0019", "SIEMENS MR HEADER", "0C"), ("0019", "SIEMENS MR HEADER", "0D"), ("0019", "SIEMENS MR HEADER", "0E"),
        ("0019", "SIEMENS MR HEADER", "27"), ("0043", "GEMS_PARM_01", "39"), ("0019", "GEMS_ACQU_01", "BB"),
        ("0019", "GEMS_ACQU_01", "BC"), ("0019", "GEMS_ACQU_01", "BD"), ("2001", "PHILIPS IMAGING DD 001", "03"),
        ("2001", "PHILIPS IMAGING DD 001", "04"), ("7053", "PHILIPS PET PRIVATE GROUP", "00"),
        ("7053", "PHILIPS PET PRIVATE GROUP", "09"), ("2005", "PHILIPS MR IMAGING DD 001", "0D"),
        ("2005", "PHILIPS MR IMAGING DD 001", "0E"),
    }
)  # fmt: skip
SAFE_DATES = frozenset({("0071", "SIEMENS MED PT", "22"), ("0009", "GEMS_PETD_01", "0D")})


class Fact(NamedTuple):
    """One row of Table E.1-1: basic action, and the action of each option that names it."""

    name: str
    basic: str
    options: Mapping[int, str]


Facts = Mapping[int, Fact]
Claim = Literal["keep", "gone", "date", "uid", "time", "age", "open", "none"]


def facts(rows: Iterable[Mapping[str, str]]) -> dict[int, Fact]:
    """The rows that name one tag, by tag; keys of a row: id (eight hexadecimal digits), name, basicProfile, options."""
    return {
        int(row["id"], 16): Fact(
            row["name"], row["basicProfile"], {code: row[column] for code, column in OPTIONS.items() if column in row}
        )
        for row in rows
        if re.fullmatch(r"[0-9a-fA-F]{8}", row["id"])
    }


@dataclass(frozen=True, slots=True)
class Policy:
    """What a profile promises: what happens to dates, and the codes of its options (CID 7050)."""

    name: str
    dates: Literal["removed", "shifted", "full"]
    options: frozenset[int]


class Plant(NamedTuple):
    """An identifier that was put into an object. `keep` is the vocabulary beside it, which a cleaning profile keeps."""

    path: str
    text: str
    kind: str
    keep: str = ""


def key(
    name: str, found: Found, plants: Sequence[Plant], rows: Facts, policy: Policy, expected: Expected,
    pictures: Sequence[Answer] = (),
) -> Key:  # fmt: skip
    """The key of an original: answers on every element, on everything planted, and `pictures` about its pixels."""
    spoiled = {plant.path for plant in plants}  # what holds an identifier is not asked to stay as it is
    plain = (a for a in _elements(found, rows, policy) if a.action != "text_retained" or a.path not in spoiled)
    out = [*_required(found), *plain, *_itself(policy), *_planted(plants, rows, policy), *pictures]
    if 113110 not in policy.options:
        uids = [found.values.get(path, "") for path in ("(0008,0018)", "(0020,000D)", "(0020,000E)")]
        out += [Answer("uid_changed", ANYWHERE, uid, "uids") for uid in uids if uid]
    return Key(
        name=name,
        sop_instance_uid=found.sop_instance_uid,
        sop_class_uid=found.values.get("(0008,0016)", ""),
        patient_id=found.values.get(_PATIENT_ID, ""),
        expected=expected,
        answers=tuple(dict.fromkeys(out)),
    )


def _required(found: Found) -> Iterator[Answer]:
    """What the kind of object must have is emptied or replaced, but not gone, where the original had it."""
    for path, kind in required(found.values.get("(0008,0016)", "")):
        if kind == 1 and found.values.get(path):
            yield Answer("text_notnull", path, "", "required")
        elif path in found.values:
            yield Answer("tag_retained", path, "", "required")


def _itself(policy: Policy) -> Iterator[Answer]:
    """What the new object says of its own de-identification (PS3.15 E.1.1, PS3.3 C.7.1.1, C.12.1)."""
    yield Answer("text_retained", "(0012,0062)", "YES", "method", "exact")
    yield Answer("text_notnull", "(0012,0063)", "", "method")
    codes = "\\".join(str(code) for code in sorted(policy.options | {113100}))
    yield Answer("text_retained", "(0012,0064)[*](0008,0100)", codes, "method")
    yield Answer("text_retained", "(0028,0303)", _LONGITUDINAL[policy.dates], "method", "exact")


def _planted(plants: Sequence[Plant], rows: Facts, policy: Policy) -> Iterator[Answer]:
    for plant in plants:
        if plant.path == ANYWHERE:
            yield Answer("text_removed", ANYWHERE, plant.text, f"planted {plant.kind}")
            continue
        yield Answer("text_removed", plant.path, plant.text, f"planted {plant.kind}")
        row = rows.get(_tags(plant.path)[-1])
        if plant.keep and _cleaned(plant.path, row, policy):
            yield Answer("text_retained", plant.path, plant.keep, "vocabulary")


def _cleaned(path: str, row: Fact | None, policy: Policy) -> bool:
    """Whether the vocabulary beside an identifier stays."""
    named = unnamed.described(_tags(path)[-1]) if row is None else row.options.get(113105) == "C"
    return 113105 in policy.options and named


def _tags(path: str) -> list[int]:
    """The tags of a path; a private element has block 00 in place of the one it lies in."""
    return [int(match[1] + match[3].rjust(4, "0"), 16) for match in _TAG.finditer(path)]


def _elements(found: Found, rows: Facts, policy: Policy) -> Iterator[Answer]:
    shut = ""  # the path of the sequence that goes or is cleaned, of whose content nothing is asked
    for path, value in found.values.items():
        if shut and path.startswith(shut):
            continue
        tags, vr = _tags(path), found.vrs[path]
        if vr == "SQ":
            shut = "" if _open(rows.get(tags[-1]), policy) and not tags[-1] >> 16 & 1 else path + "["
            continue
        if tags[-1] >> 16 & 1:
            yield from _private(path, value, policy)
            continue
        if 0x0012 in (tags[0] >> 16, tags[-1] >> 16) or tags[-1] < 0x00080000:
            continue
        yield from _element(path, value, vr, _claim(tags, vr, value, rows.get(tags[-1]), policy))


def _open(row: Fact | None, policy: Policy) -> bool:
    """Whether what lies in a sequence stays and is treated by its own rows."""
    return row is None or _kept(row, policy)


def _kept(row: Fact, policy: Policy) -> bool:
    return any(row.options.get(code) == "K" for code in policy.options - {113106})


def _private(path: str, value: str, policy: Policy) -> Iterator[Answer]:
    match = _TAG.fullmatch(path)
    if match is None or not value:
        return
    if 113111 not in policy.options:
        if match[2] is None and len(words(value)) > 0:
            yield Answer("text_removed", path, value, "private")
    elif match.groups() in SAFE:
        yield Answer("text_retained", path, value, "private", "exact")
    elif match.groups() in SAFE_DATES and policy.dates == "shifted":
        yield Answer("date_shifted", path, value, "private", "weeks")


def _claim(tags: Sequence[int], vr: str, value: str, row: Fact | None, policy: Policy) -> Claim:
    """What is asked of an element that is no sequence."""
    tag = tags[-1]
    group = tag >> 16
    if _DEVICES in tags[:-1] and not _SERIALS.isdisjoint(tags):
        policy = replace(policy, options=policy.options - {113109})
    if tag in _NOT_ASKED or group == 0x5400 or group & 0xFF00 in (0x5000, 0x6000) or tag & 0xFFFF == 0:
        return "none"
    if vr == "UI":
        return _claim_uid(row, value, policy)
    if vr in ("DA", "DT", "TM"):
        return _claim_date(vr, value, row, policy)
    if row is None:
        return _claim_unnamed(tag, vr, policy)
    if _kept(row, policy):
        return "age" if tag == _AGE_TAG else "keep"
    if any(row.options.get(code) == "C" for code in policy.options) or vr not in _TEXT_VRS:
        return "none"
    return "gone"


def _claim_unnamed(tag: int, vr: str, policy: Policy) -> Claim:
    if tag in unnamed.goes(policy.options):
        return "gone"
    return "keep" if vr in _KEPT_VRS or tag in unnamed.technical() else "none"


def _claim_uid(row: Fact | None, value: str, policy: Policy) -> Claim:
    if row is None:
        return "keep" if _standard(value) else "none"
    if row.basic != "U" or not all(_UID.fullmatch(part) for part in value.split("\\")):
        return "none"
    return "keep" if _kept(row, policy) or _standard(value) else "uid"


def _standard(value: str) -> bool:
    """Whether every UID is one that the standard may have given, and so nobody's: its parts have up to four digits."""
    return all(_OF_DICOM.fullmatch(part) for part in value.split("\\"))


def _claim_date(vr: str, value: str, row: Fact | None, policy: Policy) -> Claim:
    if row is None or 113106 not in row.options:
        return "none" if row is None else "gone"
    if policy.dates == "full" or (policy.dates == "shifted" and vr == "TM"):
        return "time"
    if policy.dates == "shifted":
        return "date" if all(_DATE.fullmatch(part) for part in value.split("\\")) else "gone"
    return "gone"


def _element(path: str, value: str, vr: str, claim: Claim) -> Iterator[Answer]:
    if path == _PATIENT_ID and value:
        yield Answer("patid_consistent", path, value, "ids")
    if not value:
        return
    if claim == "keep":
        yield Answer("text_retained", path, value, "kept", "exact")
    elif claim == "time":
        yield Answer("text_retained", path, value, "dates", "exact")
    elif claim == "age":
        yield _age(path, value)
    elif claim == "date":
        yield Answer("date_shifted", path, value, "dates", "weeks")
    elif claim == "uid":
        yield Answer("uid_changed", path, value, "uids")
        yield Answer("uid_consistent", path, value, "uids")
        yield Answer("tag_retained", path, "", "uids")
    elif claim == "gone" and folded(value) not in _SAYS_NOTHING and len(folded(value)) > 1:
        dates = vr in ("DA", "DT", "TM")
        yield Answer("date_shifted" if dates else "text_removed", path, value, "dates" if dates else "identifying")


def _age(path: str, value: str) -> Answer:
    """Ages over 89 name too few people to be kept (45 CFR 164.514(b)(2)(i)(C)); the others stay as they are."""
    match = _AGE.fullmatch(value)
    old = (
        match is not None
        and value != "090Y"
        and int(match[1]) * {"D": 1 / 365.25, "W": 7 / 365.25, "M": 1 / 12, "Y": 1}[match[2]] >= 90
    )
    return Answer("text_removed", path, value, "age") if old else Answer("text_retained", path, value, "age", "exact")
