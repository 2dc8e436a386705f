"""`isocentre firewall`: every connection that is configured, for those who open firewalls."""

from __future__ import annotations

import json
import os
from typing import Annotated, Any

import typer

from isocentre.cli import zone as zones
from isocentre.core.trust.connections import HEADS, KEYS


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(firewall)


def firewall(
    as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="for a spreadsheet")] = False,
) -> None:
    """Print every connection that is configured: from, to, port, protocol, direction, why, TLS or not."""
    if as_json and as_csv:
        raise zones.usage("Say --json or --csv, not both.")
    told = os.environ.get("ISOCENTRE_ZONE")
    rows = _of(told) if told else _all()
    if as_json:
        typer.echo(json.dumps([dict(zip(("side", *KEYS), row, strict=True)) for row in rows]))
    elif as_csv:
        from isocentre.web.export import csv_lines

        typer.echo("".join(csv_lines(("Side", *HEADS), rows)), nl=False)
    else:
        for side, origin, to, port, protocol, direction, why, tls in rows:
            typer.echo(f"{side}, {direction}: {origin} to {to}, TCP port {port}, {protocol}, TLS: {tls}. {why}.")


def _of(zone: str) -> list[list[str]]:
    zones.use(zone)
    zones.config("wiring").wire()
    if zone == "gateway":
        from isocentre.rooms.intake import door as intake

        found = intake.trust.firewall()
    else:
        from isocentre.core.trust import connections

        found = connections.national(zones.config("trust").surroundings(zone))
    return [[zones.SIDES[zone].capitalize(), *one.cells] for one in found]


def _all() -> list[list[str]]:
    """Of each side that is here, asked in a process of its own."""
    present = zones.present()
    if not present:
        raise zones.fail("Nothing is here yet: start with `isocentre up`.")
    return [row for zone in present for row in _ask(zone)]


def _ask(zone: str) -> list[list[str]]:
    found: list[dict[str, Any]] = zones.ask(zone, "firewall", "--json")
    return [list(map(str, one.values())) for one in found]
