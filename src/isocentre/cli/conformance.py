"""`isocentre conformance`: the DICOM Conformance Statement of what runs, made from its configuration and code."""

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
    app.command()(conformance)


def conformance(
    as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
    output: Annotated[Path | None, typer.Option(help="write it to this new file")] = None,
) -> None:
    """Print the DICOM Conformance Statement of this side, as Markdown; of both where both are here."""
    if output is not None and (output.exists() or not output.parent.is_dir()):
        raise typer.BadParameter("name a file that is not there yet, in a folder that is", param_hint="--output")
    made = _told()
    text = json.dumps(made) if as_json else "\n".join(one["markdown"] for one in made.values()).rstrip("\n")
    if output is None:
        typer.echo(text)
        return
    output.write_text(f"{text}\n", encoding="utf-8")
    typer.echo(f"Written to {output}.", err=True)


def _told() -> dict[str, Any]:
    """The statement of each side, asked in a process of its own: one process is one zone."""
    told = os.environ.get("ISOCENTRE_ZONE")
    if told:
        return {told: _of(told)}
    present = [zone for zone in zones.ZONES if (zones.environment(zone).zone_home / "secret.key").exists()]
    if not present:
        raise zones.fail("Nothing is here yet: start with `isocentre up`.")
    return {zone: _ask(zone) for zone in present}


def _of(zone: str) -> dict[str, Any]:
    zones.use(zone)
    zones.config("wiring").wire()
    from isocentre.core.trust.document import markdown

    if zone == "gateway":
        from isocentre.rooms.intake import door as intake

        made = intake.trust.statement()
    else:
        from isocentre.rooms.archive import door as archive

        made = archive.statement()
    return {**made.plain(), "markdown": markdown(made)}


def _ask(zone: str) -> dict[str, Any]:
    run = subprocess.run(
        [sys.executable, "-m", "isocentre", "conformance", "--json"],
        env=zones.own_environment(zone), capture_output=True, text=True, check=False,
    )  # fmt: skip
    if run.returncode:
        raise zones.fail(f"The {zones.SIDES[zone]} did not answer: {run.stderr.strip() or 'see `isocentre doctor`'}")
    return dict(json.loads(run.stdout)[zone])
