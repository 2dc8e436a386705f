"""`isocentre support`: a bundle for whoever helps, without identifiers and secrets; lists its contents first."""

from __future__ import annotations

import json
import os
import subprocess
import sys
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
    present = [zone for zone in zones.ZONES if (zones.environment(zone).zone_home / "secret.key").exists()]
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
    run = subprocess.run(
        [sys.executable, "-m", "isocentre", "doctor", "--json"],
        env=zones.own_environment(zone), capture_output=True, text=True, check=False,
    )  # fmt: skip
    try:
        return json.loads(run.stdout)
    except ValueError:
        return {"good": False, "findings": "doctor did not answer"}
