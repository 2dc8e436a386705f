"""`isocentre import`: files on disk, through the same way in as a C-STORE."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress

from isocentre.cli import zone as zones


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_)


def import_(
    source: Annotated[Path, typer.Argument(exists=True, help="a DICOM file, or a folder of them")],
    study: Annotated[str, typer.Option("--study", help="short name of the research study")],
    site: Annotated[str, typer.Option("--site", help="ODS code of the site")] = "",
) -> None:
    """Bring files in for a research study; exit 1 when a file could not be taken."""
    zones.use("gateway")
    zones.config("kill_points").install()
    from isocentre.rooms.intake import door as intake

    known = intake.study(study)
    if known is None or known.accepted is None:
        raise zones.fail(f"No research study {study!r} has been accepted at this hospital.")
    with Progress() as progress:
        task = progress.add_task("importing", total=None)
        taken, failed = intake.import_files(
            source, research_study=study, site=site, progress=lambda path, good: progress.advance(task)
        )
    typer.echo(f"{taken} taken, {failed} not taken.")
    raise typer.Exit(1 if failed else 0)
