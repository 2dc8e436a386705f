"""Make the tables of core/dicom/dictionary.py (PS3.6: attributes, UIDs) from what the installed pydicom says.

Usage: python scripts/make_dicom_dictionary.py [--out FOLDER]     writes _attributes.py and _uids.py into the folder

Only public names of pydicom are read. The tables are ours, so that no process loads pydicom to know an attribute.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

# Names without an underscore that pydicom's documentation speaks of; its annotations do not mark them as exported.
from pydicom.datadict import DicomDictionary, RepeatersDictionary  # type: ignore[attr-defined]  # see above
from pydicom.uid import UID_dictionary  # type: ignore[attr-defined]  # see above

FOLDER = Path(__file__).resolve().parents[1] / "src" / "isocentre" / "core" / "dicom"
MADE = "Made by scripts/make_dicom_dictionary.py."
ATTRIBUTES = f"""PS3.6, the data dictionary. {MADE}

A line: tag (x stands for any digit), keyword, value representation; split at tabs.
"""
UIDS = f"""PS3.6, the registry of UIDs. {MADE}

A line: UID, name, type; split at tabs.
"""


def attributes() -> list[str]:
    """A line an attribute, by tag, the repeating ones last. Empty keywords stay empty."""
    plain = [(f"{tag:08X}", entry[4], entry[0]) for tag, entry in sorted(DicomDictionary.items())]
    repeating = [(tag, entry[4], entry[0]) for tag, entry in sorted(RepeatersDictionary.items())]
    return _lines([*plain, *repeating])


def uids() -> list[str]:
    """A line a UID of the standard, by UID."""
    return _lines((uid, entry[0], entry[1]) for uid, entry in sorted(UID_dictionary.items()))


def _lines(rows: Iterable[tuple[str, str, str]]) -> list[str]:
    listed = list(rows)
    if not all(value.isprintable() for row in listed for value in row):
        raise ValueError("a value holds a tab, or what cannot be printed")
    return ["\t".join(row) for row in listed]


def module(head: str, lines: Iterable[str]) -> str:
    """The text of a module whose LINES are these."""
    body = "\n".join(line.replace("\\", "\\\\") for line in lines)
    if '"""' in body:
        raise ValueError("a value holds three quotes")
    return f'"""{head}"""\n\nLINES = """\\\n{body}\n"""\n'


def main() -> None:
    """Write both modules."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=FOLDER)
    out = parser.parse_args().out
    for name, head, lines in (("_attributes.py", ATTRIBUTES, attributes()), ("_uids.py", UIDS, uids())):
        (out / name).write_text(module(head, lines), encoding="utf-8")


if __name__ == "__main__":
    main()
