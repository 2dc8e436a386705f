"""`isocentre status`: the ledger of the hospital side and the counts of the national side, in one answer."""

from __future__ import annotations

import json
import os
from typing import Annotated, Any

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Column, Table

from isocentre.cli import zone as zones

COLUMNS = ("received", "sent_on", "held", "left_out", "rejected", "opted_out", "pending", "duplicates")
UNASSIGNED = "unassigned"
_NAME = 10
"""Characters that a research study's name has at least."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(status)


def status(as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False) -> None:
    """Show what was received and what became of it; exit 1 when the ledger does not balance."""
    told = os.environ.get("ISOCENTRE_ZONE")
    answer = _of(told) if told else _both()
    balanced = all(row["received"] == sum(row[c] for c in COLUMNS[1:-1]) for row in _rows(answer).values())
    if as_json:
        typer.echo(json.dumps(answer))
    else:
        _print(answer, balanced)
    raise typer.Exit(0 if balanced else 1)


def _of(zone: str) -> dict[str, Any]:
    zones.use(zone)
    if zone == "gateway":
        from isocentre.rooms.intake import door as intake

        rows = intake.totals()
        unassigned = rows.pop(UNASSIGNED, dict.fromkeys(COLUMNS, 0))
        return {"research_studies": rows, UNASSIGNED: unassigned, "refused": intake.refusals.told().objects}
    from isocentre.core.actor import SYSTEM
    from isocentre.rooms.archive import door as archive

    def told(*, direct: bool) -> dict[str, int]:
        counts = archive.counts(by=SYSTEM, direct=direct)
        return {"stored": counts.stored, "recalled": counts.recalled, "erased": counts.erased}

    # What the hospitals sent on balances against their ledgers; what came by a token is nobody's ledger's.
    return {"platform": told(direct=False), "stored_directly": told(direct=True)}


def _both() -> dict[str, Any]:
    """Once per zone present: one process is one zone, so each is asked in its own."""
    answer: dict[str, Any] = {}
    for zone in zones.ZONES:
        if not zones.environment(zone).zone_home.is_dir():
            continue
        run = zones.run(zone, "status", "--json")
        if not run.stdout.strip():
            raise zones.fail(f"The {zone} did not answer: run `isocentre up` first, or `isocentre doctor`.")
        answer |= json.loads(run.stdout)
    if not answer:
        raise zones.fail("Nothing is here yet: start with `isocentre up`.")
    return answer


def _rows(answer: dict[str, Any]) -> dict[str, Any]:
    """The ledger's rows by research study, with those of none where there are any."""
    none = {UNASSIGNED: answer[UNASSIGNED]} if any(answer.get(UNASSIGNED, {}).values()) else {}
    return {**answer.get("research_studies", {}), **none}


def _print(answer: dict[str, Any], balanced: bool) -> None:
    rows = sorted(_rows(answer).items())
    # No figure and no heading is cut: a long name goes over several lines, and a narrow terminal wraps.
    table = Table(Column("research study", overflow="fold", min_width=_NAME), box=SIMPLE, padding=0)
    least = _NAME + len(COLUMNS) + 2
    for name in COLUMNS:
        words = name.replace("_", " ")
        width = max(map(len, [*words.split(), *(f"{row[name]:,}" for _, row in rows)]))
        table.add_column(words, justify="right", width=width)
        least += width
    for slug, row in rows:
        table.add_row(slug, *(f"{row[c]:,}" for c in COLUMNS))
    console = Console()
    console.width = max(console.width, least)
    console.print(table)
    if "platform" in answer:
        console.print("National side: " + _listed(answer["platform"]))
    if any(answer.get("stored_directly", {}).values()):
        console.print("Stored there directly, sent on by no hospital: " + _listed(answer["stored_directly"]))
    if answer.get("refused"):
        words = "object" if answer["refused"] == 1 else "objects"
        console.print(f"Refused, and in no ledger: {answer['refused']:,} {words}; see Senders, Objects refused")
    console.print("The ledger balances." if balanced else "[bold]The ledger does not balance[/bold]: isocentre verify")


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts.items())
