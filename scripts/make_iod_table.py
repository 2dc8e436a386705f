"""Make src/isocentre/core/deid/_iods.py: what each IOD demands of the attributes whose action depends on their type.

Usage: python scripts/make_iod_table.py FOLDER VERSION > src/isocentre/core/deid/_iods.py
FOLDER holds sop_class_iod_map.json, iod_module_map.json and module_attribute_map.json as the wheel of highdicom (MIT)
has them in `_standard`; they are facts of PS3.3 and PS3.4. VERSION is that of the wheel.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from isocentre.core.deid._table import ROWS
from isocentre.core.deid.table import GOES, unnamed
from isocentre.core.dicom import dictionary

RANK = ("1", "1C", "2", "2C", "3")
WIDTH = 112
HEAD = '''"""Attribute types by IOD, where an attribute's fate depends on them. Made by scripts/make_iod_table.py.

From the module and IOD maps of highdicom {version}: {classes} SOP classes, {kinds} kinds of demands. A kind lists
`tag:type` at the top level and `tag:type` in nested places, the most demanding of each; what is not listed is type 3 or
not in the IOD. Of what is only removed it lists what is demanded without condition, in every nested place.
"""

'''
Demands = tuple[tuple[str, ...], tuple[str, ...]]


def wanted() -> dict[str, tuple[str, str]]:
    """Tag and action by keyword of what depends on the type: combinations, removals, dummy items, and text that the
    table does not name. Group 0012 is not among them: the engine writes it.
    """
    out = {}
    for word, told in unnamed().items():
        tag = dictionary.tag_of(word)
        if tag is not None:  # none: it stands for several
            out[word] = f"{tag:08x}", "X" if told.otherwise == "X" else GOES
    for pattern, _, basic, _ in ROWS:
        if "x" in pattern or pattern == "private" or pattern.startswith("0012"):
            continue
        tag = int(pattern, 16)
        if "/" in basic or basic == "X" or (basic == "D" and dictionary.vr(tag) == "SQ"):
            out[dictionary.keyword(tag)] = pattern, basic
    return out


def closed() -> frozenset[str]:
    """Keywords of sequences that no profile looks into: the table removes, empties or replaces them in every option."""
    return frozenset(
        dictionary.keyword(int(pattern, 16))
        for pattern, _, basic, options in ROWS
        if not options and set(basic) <= set("XZD/") and "x" not in pattern and pattern != "private"
    )


def demands(modules: list[dict[str, Any]], attributes: dict[str, list[dict[str, Any]]]) -> Demands:
    """What one IOD demands, at the top level and in nested places."""
    tags, unread = wanted(), closed()
    found: tuple[dict[str, str], dict[str, str]] = ({}, {})
    for module in modules:
        for entry in attributes.get(module["key"], []):
            keyword, kind, nested = entry["keyword"], entry["type"], bool(entry["path"])
            if keyword not in tags or kind not in RANK or not unread.isdisjoint(entry["path"]):
                continue
            tag, basic = tags[keyword]
            if basic == "X" and kind.endswith("C"):
                kind = "3"
            choose = max if nested and basic == "X" else min
            place = found[nested]
            place[tag] = choose(place.get(tag, kind), kind, key=RANK.index)
    top, inside = (tuple(f"{tag}:{kind}" for tag, kind in sorted(place.items()) if kind != "3") for place in found)
    return top, inside


def lines(words: tuple[str, ...], indent: str) -> Iterator[str]:
    """The words as quoted lines that join to one text."""
    line = ""
    for word in words:
        if line and len(indent) + len(line) + len(word) > WIDTH:
            yield f'{indent}"{line} "'
            line = ""
        line = f"{line} {word}" if line else word
    yield f'{indent}"{line}"'


def main() -> None:
    """Print the module."""
    folder, version = Path(sys.argv[1]), sys.argv[2]
    classes, iods, attributes = (
        json.loads((folder / f"{name}_map.json").read_text(encoding="utf-8"))
        for name in ("sop_class_iod", "iod_module", "module_attribute")
    )
    of = {uid: demands(iods[iod], attributes) for uid, iod in sorted(classes.items())}
    kinds = sorted(set(of.values()))
    print(HEAD.format(version=version, classes=len(of), kinds=len(kinds)) + "KINDS: tuple[tuple[str, str], ...] = (")
    for kind in kinds:
        print("    (")
        for place in kind:
            said = list(lines(place, "        "))
            print("\n".join(said) + ",")
        print("    ),")
    print(")\n\nCLASSES: dict[str, int] = {")
    for uid, kind in of.items():
        print(f'    "{uid}": {kinds.index(kind)},')
    print("}")


if __name__ == "__main__":
    main()
