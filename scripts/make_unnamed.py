"""Make src/isocentre/core/deid/_unnamed.py from unnamed.yaml: text that PS3.15 Table E.1-1 does not name.

Usage: python scripts/make_unnamed.py > src/isocentre/core/deid/_unnamed.py
ValueError when the list misses a text attribute of the dictionary, names one twice, or one that it may not name.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import yaml

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from isocentre.core.deid._table import ROWS
from isocentre.core.dicom._attributes import LINES

HERE = Path(__file__).parent
OPTIONS = {
    "keep": 0, "clean": 113105, "clean_or_keep": 113105, "device": 113109, "institution": 113112, "remove": 0,
}  # fmt: skip
TEXT = frozenset({"LO", "SH", "ST", "LT", "UT", "UC", "UR"})
ELSEWHERE = ("0000", "0002", "0004", "0012", "50", "60")
"""Groups that no data set has, the one that the engine writes, and curves and overlays, which go whole."""
WIDTH = 109
HEAD = '''"""Text attributes that PS3.15 Table E.1-1 does not name: what becomes of them, and why.

Made by scripts/make_unnamed.py from scripts/unnamed.yaml: {count} attributes in {groups} groups. A group: name, what is
done, option of CID 7050 that decides (0: none), why, keywords.
"""

GROUPS: tuple[tuple[str, str, int, str, str], ...] = ('''


def attributes() -> dict[str, tuple[str, str]]:
    """Tag (x for any digit) and VR by keyword, of what no row of the table names."""
    named = {pattern for pattern, *_ in ROWS}
    rows = (line.split("\t") for line in LINES.splitlines())
    return {
        word: (tag, vr) for tag, word, vr in rows if word and tag.lower() not in named and not tag.startswith(ELSEWHERE)
    }


def checked(groups: list[dict[str, Any]]) -> list[tuple[str, str, int, str, list[str]]]:
    """The groups as they are written; ValueError when one is not as it should be, or an attribute is missing."""
    known, seen, out = attributes(), set[str](), []
    for group in groups:
        words = group["attributes"].split()
        if not set(group) <= {"name", "do", "option", "why", "attributes"} or group["do"] not in OPTIONS:
            raise ValueError(f"unknown keys or action: {group['name']}")
        if wrong := [word for word in words if word in seen or known.get(word, ("", ""))[1] not in TEXT | {"CS"}]:
            raise ValueError(f"named twice, by the table, or no text: {wrong}")
        seen.update(words)
        option = group.get("option", OPTIONS[group["do"]])
        out.append((group["name"], group["do"], option, group["why"].strip(), words))
    if missing := sorted(word for word, (_, vr) in known.items() if vr in TEXT and word not in seen):
        raise ValueError(f"nobody has looked at: {missing}")
    return out


def main() -> None:
    """Print the module."""
    groups = checked(yaml.safe_load((HERE / "unnamed.yaml").read_text(encoding="utf-8"))["groups"])
    print(HEAD.format(count=sum(len(group[-1]) for group in groups), groups=len(groups)))
    for name, do, option, why, words in groups:
        print(f'    (\n        {json.dumps(name)},\n        "{do}",\n        {option},\n        {json.dumps(why)},')
        print("\n".join(f'        "{line}"' for line in lines(words)) + ",\n    ),")
    print(")")


def lines(words: list[str]) -> list[str]:
    """The words in lines that join to one text; one line where they fit."""
    whole, out, line = " ".join(words), [], ""
    if len(whole) <= WIDTH:
        return [whole]
    for word in words:
        if line and len(line) + len(word) > WIDTH:
            out.append(line)
            line = ""
        line += f"{word} "
    return [*out, line.rstrip()]


if __name__ == "__main__":
    main()
