"""`python -m bench [--only NAME] [--count N]`: measure beside the peers, print the table, write the results."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.deid_score import deid_score
from bench.faces import faces
from bench.folder import deid_folder
from bench.memory import deid_memory, second_check
from bench.pixel_rate import pixel_rate
from bench.pixel_text import pixel_text
from bench.servers import Row, Servers
from bench.stored import Stored
from bench.web import Web

ALONE: dict[str, Callable[[], list[Row]]] = {
    "deid_memory": deid_memory, "second_check": second_check, "deid_score": deid_score,
}  # fmt: skip
ASKED: dict[str, Callable[[], list[Row]]] = {"pixel_text": pixel_text, "pixel_rate": pixel_rate, "faces": faces}
"""Minutes to an hour of a core: only when asked for."""
STORED = ("cstore_one", "cstore_four")
WEB = ("stow_one", "stow_four", "wado_study", "series_metadata", "qido_studies")


def main() -> int:
    """Measure; exit 2 for an unknown row."""
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--only", default="", choices=("", *ALONE, "deid_folder", *ASKED, *STORED, *WEB))
    parser.add_argument("--count", type=int, default=400)
    given = parser.parse_args()
    rows: list[Row] = []
    # The servers first: ext4 without a journal makes files slowly for minutes after many were deleted (README.md).
    with ExitStack() as stack:
        servers = Servers(stack, count=given.count)
        stored, web = Stored(servers), Web(servers)
        for name in (name for name in (*STORED, *WEB) if given.only in ("", name)):
            rows += getattr(stored if name in STORED else web, name)()
            sys.stderr.write(f"{name} measured\n")
    for name, measure in (ALONE | ASKED).items():
        rows += measure() if given.only == name or (not given.only and name in ALONE) else []
    rows += deid_folder(given.count) if given.only in ("", "deid_folder") else []
    table = Table("row", "ours", "peer", "ratio", "unit", "peer is", "workload")
    for row in rows:
        peer = ("", "") if row.peer is None else (f"{row.peer:,}", f"{row.ratio} ×")
        table.add_row(row.name, f"{row.ours:,}", *peer, row.unit, row.peer_name, row.workload)
    Console(width=160).print(table)
    Path("bench/results.json").write_text(json.dumps([r.plain() for r in rows], indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
