"""The dictionary says what pydicom says, and does not load it."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from pydicom.datadict import DicomDictionary, RepeatersDictionary, dictionary_VR, keyword_for_tag, tag_for_keyword
from pydicom.uid import UID, UID_dictionary

from isocentre.core.dicom import dictionary

ROOT = Path(__file__).resolve().parents[4]
_random = random.Random(5)


def _some() -> list[int]:
    repeating = [int("".join(_random.choice("0369") if c == "x" else c for c in k), 16) for k in RepeatersDictionary]
    return [*DicomDictionary, *repeating, *(_random.randrange(1 << 32) for _ in range(2000)), 0x60031000, 0x00091001]


def test_every_attribute_is_what_pydicom_says() -> None:
    for tag in _some():
        try:
            said = dictionary_VR(tag)
        except KeyError:
            with pytest.raises(KeyError):
                dictionary.vr(tag)
        else:
            assert dictionary.vr(tag) == said
        if tag not in (0, 0x60031000, 0x00091001):
            assert dictionary.keyword(tag) == keyword_for_tag(tag)


def test_keywords_and_names_of_uids() -> None:
    for entry in DicomDictionary.values():
        assert dictionary.tag_of(entry[4]) == tag_for_keyword(entry[4])
    assert dictionary.tag_of("NoSuchWord") is None
    assert len(dictionary._uids()) > 400
    for uid in (*dictionary._uids(), "1.2.3.4"):
        assert dictionary.uid_name(uid) == UID(uid).name


def test_a_uid_is_the_standards_when_its_registry_has_it() -> None:
    assert dictionary.is_registered("1.2.840.10008.1.2")
    assert not dictionary.is_registered("1.2.840.10008.9434765919")


def test_storage_classes_are_named_so() -> None:
    found = dictionary.storage_classes("1.2.840.10008.5.1.4.1.1.")
    assert {"1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.6"} < found
    assert "1.2.840.10008.5.1.4.1.1.66.1.1" not in found
    assert all("Storage" in UID_dictionary[uid][0] for uid in found)


def test_the_tables_are_those_of_the_pydicom_we_depend_on(tmp_path: Path) -> None:
    # In a process of its own: other packages add to the tables of the running pydicom.
    script = str(ROOT / "scripts" / "make_dicom_dictionary.py")
    subprocess.run([sys.executable, script, "--out", str(tmp_path)], check=True, capture_output=True)
    for name in ("_attributes.py", "_uids.py"):
        ours = Path(dictionary.__file__).with_name(name).read_text(encoding="utf-8")
        assert ours == (tmp_path / name).read_text(encoding="utf-8"), f"make it again: python {script}"


def test_pydicom_itself_is_not_loaded() -> None:
    script = (
        "import sys; from isocentre.core.dicom import dictionary as d; "
        "d.vr(0x00100010), d.uid_name('1.2.840.10008.1.2'); print('pydicom' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
