"""Rejection notes: which Key Object Selections are one, and which images they name."""

from __future__ import annotations

import pytest
from support.dicom_bytes import CT, EXPLICIT, IMPLICIT, el, item, part10, seq

from isocentre.core.dicom import rejection
from isocentre.core.dicom.header import read_header
from isocentre.core.dicom.rejection import KEY_OBJECTS, RejectionNote, rejection_note
from isocentre.core.dicom.walk import MalformedDicom


def referenced(uid: str, syntax: str = EXPLICIT) -> bytes:
    return item(el(0x00081150, "UI", CT, syntax) + el(0x00081155, "UI", uid, syntax), syntax)


def evidence(study: str, *uids: str, syntax: str = EXPLICIT, is_open: bool = False) -> bytes:
    objects = seq(0x00081199, [referenced(uid, syntax) for uid in uids], syntax, is_open)
    series = seq(0x00081115, [item(objects + el(0x0020000E, "UI", "1.2.3.0", syntax), syntax)], syntax)
    return item(series + (el(0x0020000D, "UI", study, syntax) if study else b""), syntax)


def note(*scans: bytes, code: str = "113038", scheme: str = "DCM", syntax: str = EXPLICIT) -> bytes:
    title = item(el(0x00080100, "SH", code, syntax) + el(0x00080102, "SH", scheme, syntax), syntax)
    body = el(0x00080016, "UI", KEY_OBJECTS, syntax) + el(0x0020000D, "UI", "1.2.3", syntax)
    body += seq(0x0040A043, [title], syntax) + seq(0x0040A375, list(scans), syntax)
    return part10(body, syntax, KEY_OBJECTS)


def read(data: bytes, sop_class: str = KEY_OBJECTS) -> RejectionNote | None:
    return rejection_note(read_header(data), sop_class)


@pytest.mark.parametrize("syntax", [EXPLICIT, IMPLICIT])
@pytest.mark.parametrize("code", rejection.TITLES)
def test_it_names_its_images_by_scan(syntax: str, code: str) -> None:
    scans = (evidence("1.2.3", "1.2.3.1", "1.2.3.2", syntax=syntax, is_open=True),
             evidence("1.2.4", "1.2.4.1", "1.2.4.1", syntax=syntax))  # fmt: skip
    assert read(note(*scans, code=code, syntax=syntax)) == RejectionNote(
        code, (("1.2.3", "1.2.3.1"), ("1.2.3", "1.2.3.2"), ("1.2.4", "1.2.4.1"))
    )


def test_other_selections_and_other_classes_are_none() -> None:
    whole = note(evidence("1.2.3", "1.2.3.1"))
    assert read(whole, CT) is None
    assert read(note(evidence("1.2.3", "1.2.3.1"), code="113000")) is None
    assert read(note(evidence("1.2.3", "1.2.3.1"), scheme="99LOCAL")) is None
    assert read(part10(el(0x00080016, "UI", KEY_OBJECTS), EXPLICIT, KEY_OBJECTS)) is None
    assert read(part10(seq(0x0040A043, []), EXPLICIT, KEY_OBJECTS)) is None


def test_what_is_missing_in_it_names_nothing() -> None:
    empty = item(el(0x0020000D, "UI", "1.2.5"))
    nameless = item(
        seq(0x00081115, [item(seq(0x00081199, [item(el(0x00081150, "UI", CT))]))]) + el(0x0020000D, "UI", "1.2.6")
    )
    found = read(note(evidence("", "1.2.3.1"), empty, nameless))
    assert found == RejectionNote("113038", ())


def test_one_that_cannot_be_followed_is_malformed() -> None:
    broken = seq(0x0040A043, [el(0x00080100, "SH", "113038")])
    with pytest.raises(MalformedDicom):
        read(part10(broken, EXPLICIT, KEY_OBJECTS))
