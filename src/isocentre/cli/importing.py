"""`isocentre import`: files on disk, through the same way in as a C-STORE."""

from __future__ import annotations

import json
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
    subjects: Annotated[
        Path | None,
        typer.Option("--subjects", exists=True, dir_okay=False,
                     help="XLSX or CSV that links patients to subject ids: hospital_number, subject_id"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="for programs: what was taken, and the files that were not")]
    = False,
) -> None:  # fmt: skip
    """Bring files in for a research study; exit 1 when a file could not be taken, 2 when the list cannot be used."""
    zones.use("gateway")
    zones.config("kill_points").install()
    from isocentre.rooms.intake import door as intake

    known = intake.study(study)
    if known is None or known.accepted is None:
        words = "--study: no research study of this short name has been accepted at this hospital"
        raise zones.usage(f"{words}: see the page Research studies.")
    if site and site not in (sites := known.accepted.get("sites", [])):
        raise zones.usage(f"--site: give a site that takes part in this research study here: {', '.join(sites)}.")
    if subjects is not None:
        _link(study, subjects, quiet=as_json)
    left: list[tuple[Path, str]] = []
    with Progress(disable=as_json) as progress:
        task = progress.add_task("importing", total=None)

        def told(path: Path, why: str) -> None:
            progress.advance(task)
            if why:
                left.append((path, why))

        taken, failed = intake.import_files(source, research_study=study, site=site, progress=told)
    if as_json:
        typer.echo(json.dumps({"taken": taken, "not_taken": [str(path) for path, _ in left]}))
    else:
        typer.echo(f"{taken} taken, {failed} not taken.")
    for path, why in left:
        typer.echo(f"not taken: {path}: {why}", err=True)
    raise typer.Exit(1 if failed else 0)


def _link(study: str, path: Path, *, quiet: bool) -> None:
    """Enrol everybody on the list under their subject id, or nobody: each wrong line is named by its number."""
    from isocentre.core.actor import SYSTEM
    from isocentre.core.checks import Unfit
    from isocentre.rooms.intake import door as intake

    try:
        lines, notes = intake.subject_lines(study, path.read_bytes())
    except Unfit as unfit:
        typer.echo("\n".join(f"{words}." for words in unfit.errors.values()), err=True)
        raise typer.Exit(2) from None
    for words in notes:
        typer.echo(words, err=True)
    wrong = [line for line in lines if line.errors]
    for line in wrong:
        for name, words in line.errors.items():
            typer.echo(f"line {line.number}, {name}: {words}.", err=True)
    if wrong:
        typer.echo(f"{len(wrong)} of {len(lines)} lines are wrong, so nothing was linked or imported.", err=True)
        raise typer.Exit(2)
    for line in lines:
        for name, words in line.doubts.items():
            typer.echo(f"look at line {line.number}, {name}: {words}", err=True)
    people, images = intake.enrol_lines(by=SYSTEM, research_study=study, facts=[line.facts for line in lines])
    if quiet:
        return
    typer.echo(f"{people} people linked to their subject ids.")
    if images:
        typer.echo("Held images of theirs: " + ", ".join(f"{n} {intake.label(d, n)}" for d, n in images.items()) + ".")
