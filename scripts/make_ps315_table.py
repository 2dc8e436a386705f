"""Make src/isocentre/core/deid/_table.py from a JSON copy of PS3.15 Table E.1-1 (facts: tags, names, actions).

Usage: python scripts/make_ps315_table.py ps315.json > src/isocentre/core/deid/_table.py
The JSON is a list of rows, or has `edition` and `rows`. One that names no edition is named by its SHA-256.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
from pathlib import Path
from typing import Any

COLUMNS = {
    "rtnSafePrivOpt": 113111,
    "rtnUIDsOpt": 113110,
    "rtnDevIdOpt": 113109,
    "rtnInstIdOpt": 113112,
    "rtnPatCharsOpt": 113108,
    "rtnLongFullDatesOpt": 113106,
    "rtnLongModifDatesOpt": 113107,
    "cleanDescOpt": 113105,
    "cleanStructContOpt": 113104,
    "cleanGraphOpt": 113103,
}
KNOWN = {"name", "tag", "stdCompIOD", "basicProfile", "id", *COLUMNS}
HEAD = '''"""PS3.15 Table E.1-1 whole: basic profile and every option. Made by scripts/make_ps315_table.py.

Edition: {edition}.
{count} rows, each: tag pattern, name, basic action, {{option code of CID 7050: action}}.
"""

ROWS: tuple[tuple[str, str, str, dict[int, str]], ...] = ('''


def row(entry: dict[str, str]) -> tuple[str, str, str, dict[int, str]]:
    """One row of the table; ValueError when the source holds a column or tag this script does not know."""
    if unknown := set(entry) - KNOWN:
        raise ValueError(f"unknown columns {unknown}")
    if entry["tag"].startswith("(GGGG"):
        pattern = "private"
    else:
        pattern = re.sub(r"[(),]", "", entry["tag"]).lower()
        if not re.fullmatch(r"[0-9a-fx]{8}", pattern):
            raise ValueError(f"unknown tag {entry['tag']}")
    options = {code: entry[column] for column, code in COLUMNS.items() if column in entry}
    return pattern, entry["name"], entry["basicProfile"], options


def read(data: bytes) -> tuple[str, list[dict[str, str]]]:
    """The edition in words, and the rows."""
    found: Any = json.loads(data)
    if isinstance(found, dict):
        return str(found["edition"]), found["rows"]
    return f"not said by ps315.json, SHA-256 {hashlib.sha256(data).hexdigest()}", found


def main() -> None:
    """Print the module."""
    edition, entries = read(Path(sys.argv[1]).read_bytes())
    rows = sorted(map(row, entries))
    print(HEAD.format(edition=edition, count=len(rows)))
    for pattern, name, basic, options in rows:
        quoted = json.dumps(name, ensure_ascii=False)
        print(f'    ("{pattern}", {quoted}, "{basic}", {_options(options)}),')
    print(")")


def _options(options: dict[int, str]) -> str:
    return "{" + ", ".join(f'{code}: "{action}"' for code, action in options.items()) + "}"


if __name__ == "__main__":
    main()
