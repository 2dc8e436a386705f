"""`python -m bench [--only NAME] [--count N]`: measure beside the peers, print the table, write the results."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.rows import Bench, Row, deid_memory

SERVED = ("cstore_one", "cstore_four", "wado_study", "series_metadata", "qido_studies")


def main() -> int:
    """Measure; exit 2 for an unknown row."""
    parser = argparse.ArgumentParser(prog="bench")
    parser.add_argument("--only", default="")
    parser.add_argument("--count", type=int, default=400)
    given = parser.parse_args()
    if given.only not in ("", "deid_memory", *SERVED):
        parser.error(f"rows are deid_memory, {', '.join(SERVED)}")
    rows: list[Row] = deid_memory() if given.only in ("", "deid_memory") else []
    wanted = [name for name in SERVED if given.only in ("", name)]
    if wanted:
        with ExitStack() as stack:
            bench = Bench(stack, count=given.count)
            if given.only in ("wado_study", "series_metadata", "qido_studies"):
                bench.cstore_one()
            for name in wanted:
                rows += getattr(bench, name)()
                sys.stderr.write(f"{name} measured\n")
    table = Table("row", "ours", "peer", "ratio", "unit", "peer is", "workload")
    for row in rows:
        figures = (f"{row.ours:,}", f"{row.peer:,}", f"{row.ratio} ×")
        table.add_row(row.name, *figures, row.unit, row.peer_name, row.workload)
    Console(width=160).print(table)
    Path("bench/results.json").write_text(json.dumps([r.plain() for r in rows], indent=2) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
