"""The data dictionary and the names of UIDs (PS3.6), without pydicom.

Our tables take 2 MB and some milliseconds; pydicom, with numpy and its codecs, 37 MB and 0.2 s in every process.
"""

from __future__ import annotations

from functools import lru_cache


@lru_cache(maxsize=1)
def _attributes() -> tuple[dict[int, tuple[str, str]], tuple[tuple[int, int, tuple[str, str]], ...]]:
    """(VR, keyword) by tag; and (mask, value, (VR, keyword)) of the repeating groups and elements (PS3.6 section 6)."""
    from isocentre.core.dicom._attributes import LINES

    plain: dict[int, tuple[str, str]] = {}
    repeating = []
    for line in LINES.splitlines():
        tag, word, kind = line.split("\t")
        if "x" in tag:  # stands for any digit
            mask = "".join("0" if digit == "x" else "F" for digit in tag)
            repeating.append((int(mask, 16), int(tag.replace("x", "0"), 16), (kind, word)))
        else:
            plain[int(tag, 16)] = (kind, word)
    return plain, tuple(repeating)


def _entry(tag: int) -> tuple[str, str]:
    plain, repeating = _attributes()
    found = plain.get(tag)
    if found is None and not tag >> 16 & 1:
        found = next((entry for mask, value, entry in repeating if tag & mask == value), None)
    if found is None:
        raise KeyError(f"{tag:08X}")
    return found


def vr(tag: int) -> str:
    """The value representation of a standard attribute, more than one as `US or SS`; KeyError for any other tag."""
    return _entry(tag)[0]


def keyword(tag: int) -> str:
    """The keyword of a standard attribute; empty for any other tag."""
    try:
        return _entry(tag)[1]
    except KeyError:
        return ""


@lru_cache(maxsize=1)
def _tags() -> dict[str, int]:
    return {word: tag for tag, (_, word) in _attributes()[0].items()}


def tag_of(word: str) -> int | None:
    """The tag with this keyword; None when there is none."""
    return _tags().get(word)


@lru_cache(maxsize=1)
def _uids() -> dict[str, tuple[str, str]]:
    """(type, name) by UID."""
    from isocentre.core.dicom._uids import LINES

    rows = (line.split("\t") for line in LINES.splitlines())
    return {uid: (kind, name) for uid, name, kind in rows}


def uid_name(uid: str) -> str:
    """The name of a UID of the standard; the UID itself when it has none."""
    found = _uids().get(uid)
    return found[1] if found else uid


def is_registered(uid: str) -> bool:
    """Whether the standard's registry has this UID."""
    return uid in _uids()


def storage_classes(root: str) -> frozenset[str]:
    """SOP classes below `root` whose name says that they are stored."""
    stored = ((uid, kind) for uid, (kind, name) in _uids().items() if "Storage" in name)
    return frozenset(uid for uid, kind in stored if kind == "SOP Class" and uid.startswith(root))
