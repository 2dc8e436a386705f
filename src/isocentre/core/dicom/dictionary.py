"""pydicom's data dictionary and UID names, read without the rest of pydicom.

The two tables take 2 MB and 30 ms; the package, with numpy and its codecs, 37 MB and 0.2 s in every process.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from typing import Any


@lru_cache(maxsize=2)
def _table(name: str) -> Any:
    """A module of tables of the installed pydicom, run by itself: its package is found but not imported."""
    package = find_spec("pydicom")
    assert package is not None
    assert package.submodule_search_locations  # it is a dependency, and a package
    spec = spec_from_file_location(f"{__name__}.{name}", f"{package.submodule_search_locations[0]}/{name}.py")
    assert spec is not None
    assert spec.loader
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@lru_cache(maxsize=1)
def _repeating() -> tuple[tuple[int, int, str], ...]:
    """(mask, value, key) of the repeating groups and elements: x stands for any digit (PS3.6 section 6)."""
    out = []
    for key in _table("_dicom_dict").RepeatersDictionary:
        mask = "".join("0" if digit == "x" else "F" for digit in key)
        out.append((int(mask, 16), int(key.replace("x", "0"), 16), key))
    return tuple(out)


def _entry(tag: int) -> tuple[str, str, str, str, str]:
    tables = _table("_dicom_dict")
    found = tables.DicomDictionary.get(tag)
    if found is None and not tag >> 16 & 1:
        key = next((key for mask, value, key in _repeating() if tag & mask == value), "")
        found = tables.RepeatersDictionary.get(key)
    if found is None:
        raise KeyError(f"{tag:08X}")
    entry: tuple[str, str, str, str, str] = found
    return entry


def vr(tag: int) -> str:
    """The value representation of a standard attribute, more than one as `US or SS`; KeyError for any other tag."""
    return _entry(tag)[0]


def keyword(tag: int) -> str:
    """The keyword of a standard attribute; empty for any other tag."""
    try:
        return _entry(tag)[4]
    except KeyError:
        return ""


@lru_cache(maxsize=1)
def _tags() -> dict[str, int]:
    return {entry[4]: tag for tag, entry in _table("_dicom_dict").DicomDictionary.items()}


def tag_of(word: str) -> int | None:
    """The tag with this keyword; None when there is none."""
    return _tags().get(word)


def uid_name(uid: str) -> str:
    """The name of a UID of the standard; the UID itself when it has none."""
    found = _table("_uid_dict").UID_dictionary.get(uid)
    return str(found[0]) if found else uid


def storage_classes(root: str) -> frozenset[str]:
    """SOP classes below `root` whose name says that they are stored."""
    stored = ((uid, entry) for uid, entry in _table("_uid_dict").UID_dictionary.items() if "Storage" in entry[0])
    return frozenset(uid for uid, entry in stored if entry[1] == "SOP Class" and uid.startswith(root))
