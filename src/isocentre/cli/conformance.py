"""`isocentre conformance`: the DICOM Conformance Statement of what runs, made from its configuration and code."""

from __future__ import annotations

import json
import os
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
    present = zones.present()
    if not present:
        raise zones.fail("Nothing is here yet: start with `isocentre up`.")
    return {zone: zones.ask(zone, "conformance", "--json")[zone] for zone in present}


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
