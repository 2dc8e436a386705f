"""Make src/isocentre/core/deid/_safe_private.py from a JSON copy of PS3.15 Table E.3.10-1 and safe_private.yaml.

Usage: python scripts/make_safe_private.py e3_10_1.json > src/isocentre/core/deid/_safe_private.py
The JSON has `edition` and `rows` of `tag` "(gggg,xxee)", `private_creator`, `vr` and `vm` (facts of the standard).
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, TypeAlias

import yaml

Element: TypeAlias = tuple[str, int, int, str, str]  # VR, least and most values (0: any number), action, reason
HERE = Path(__file__).parent
ACTIONS = ("keep", "shift", "key", "walk", "csa", "drop")
BY_VR = {"UI": "key", "SQ": "walk", "DA": "shift", "DT": "shift"}
HEAD = '''"""Private elements that may stay (113111): PS3.15 Table E.3.10-1, edition {edition}, and our own additions.

Made by scripts/make_safe_private.py from {count} rows of the table and scripts/safe_private.yaml, which says why.
Data only, for the engine and for the second check, which read it each in their own way. Nothing here runs.
"""

EDITION = "{edition}"
'''


def element(entry: dict[str, Any]) -> tuple[str, int]:
    """Creator, and group and last two digits of the element; ValueError for a tag of another form."""
    match = re.fullmatch(r"\(([0-9A-Fa-f]{4}),xx([0-9A-Fa-f]{2})\)", str(entry["tag"]))
    if match is None or not int(match[1], 16) & 1:
        raise ValueError(f"not a private element of a block: {entry['tag']}")
    return str(entry.get("creator") or entry["private_creator"]), int(match[1] + match[2], 16)


def values(vm: str) -> tuple[int, int]:
    """Least and most values of a VM like 1, 3-4 or 1-n (0 for n)."""
    low, _, high = vm.partition("-")
    return int(low), 0 if high == "n" else int(high or low)


def joined(table: dict[str, Any], ours: dict[str, Any]) -> dict[str, dict[int, Element]]:
    """Every element by creator, then by group and last two digits; what is said in `ours` goes before the table."""
    found: dict[str, dict[int, Element]] = {}
    refused = {vr: rule["why"] for rule in ours["refused"] for vr in rule["vr"]}
    for row in table["rows"]:
        creator, key = element(row)
        if row["vr"] not in refused:
            action = BY_VR.get(row["vr"], "keep")
            found.setdefault(creator, {})[key] = (row["vr"], *values(row["vm"]), action, "")
    for entry in ours["elements"]:
        creator, key = element(entry)
        if entry["action"] not in ACTIONS or not str(entry["why"]).strip():
            raise ValueError(f"no known action, or no reason: {entry}")
        found.setdefault(creator, {})[key] = (entry["vr"], *values(entry["vm"]), entry["action"], entry["why"])
    return found


def main() -> None:
    """Print the module."""
    table = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    ours = yaml.safe_load((HERE / "safe_private.yaml").read_text(encoding="utf-8"))
    print(HEAD.format(edition=table["edition"], count=len(table["rows"])))
    print("# Creator: {group and last two digits of the element: (VR, least values, most values or 0, action)}")
    print("ELEMENTS: dict[str, dict[int, tuple[str, int, int, str]]] = {")
    for creator, rules in sorted(joined(table, ours).items()):
        print(f"    {json.dumps(creator)}: {{")
        for key, (vr, low, high, action, why) in sorted(rules.items()):
            print(f'        0x{key:06X}: ("{vr}", {low}, {high}, "{action}"),{f"  # {why}" if why else ""}')
        print("    },")
    print("}\n\n# Text that may stay whole.\nTERMS: frozenset[str] = frozenset(\n    {")
    for group in ours["terms"]:
        print(f"        # {group['why']}")
        for word in group["words"]:
            print(f"        {json.dumps(word)},")
    print("    }\n)\n\n# Field of a CSA header: (VR, form of a value: number, or an expression that fits it whole)")
    print("CSA: dict[str, tuple[str, str]] = {")
    for field in ours["csa"]:
        print(f"    {json.dumps(field['name'])}: ({json.dumps(field['vr'])}, {json.dumps(field['form'])}),")
    print("}")


if __name__ == "__main__":
    main()
