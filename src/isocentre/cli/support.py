"""`isocentre support`: a bundle for whoever helps, without identifiers and secrets; lists its contents first."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from isocentre.cli import zone as zones


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(support)


def support(
    output: Annotated[Path | None, typer.Option(help="the new file; else one is named here")] = None,
) -> None:
    """Make a support bundle of one side: versions, findings, counts and logs, without identifiers and secrets."""
    if output is not None and (output.exists() or not output.parent.is_dir()):
        raise typer.BadParameter("name a file that is not there yet, in a folder that is", param_hint="--output")
    told = os.environ.get("ISOCENTRE_ZONE")
    present = zones.present()
    if told is None and len(present) > 1:
        raise zones.usage("Both sides are here: set ISOCENTRE_ZONE to gateway or platform, and make one of each.")
    if told is None and not present:
        raise zones.fail("Nothing is here yet: start with `isocentre up`.")
    zone = told or present[0]
    zones.use(zone)
    zones.config("wiring").wire()
    from isocentre.core.actor import SYSTEM
    from isocentre.desk import support as bundles

    try:
        made = bundles.make(by=SYSTEM, more={"doctor.json": _doctor(zone)})
    except bundles.NotMade as error:
        raise zones.fail(str(error)) from None
    for line in bundles.words(made.contents):
        typer.echo(line)
    path = output or Path(bundles.named())
    with path.open("xb") as file:
        file.write(made.file)
    typer.echo(f"Written to {path}. Look through it before you send it.")


def _doctor(zone: str) -> Any:
    """What doctor finds, asked in a process of its own; that it did not answer where it did not."""
    try:
        return json.loads(zones.run(zone, "doctor", "--json").stdout)
    except ValueError:
        return {"good": False, "findings": "doctor did not answer"}
