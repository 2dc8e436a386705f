"""`isocentre pull`: fetch the scans of a list from a PACS, or say what that would be."""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import Progress

from isocentre.cli import zone as zones

WAIT = 0.5


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("pull")(pull)


def pull(
    study: Annotated[str, typer.Option("--study", help="short name of the research study")],
    source: Annotated[Path | None, typer.Argument(metavar="LIST", exists=True, dir_okay=False, help="XLSX or CSV with "
                      "accession numbers, StudyInstanceUIDs, or hospital numbers with dates")] = None,
    expected: Annotated[bool, typer.Option("--expected", help="in place of a list: planned imaging that is due or "
                                           "overdue and did not come")] = False,
    pacs: Annotated[str, typer.Option("--pacs", help="name of the PACS; may be left out where there is one")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="ask the PACS, and fetch nothing")] = False,
    modality: Annotated[str, typer.Option("--modality", help="modalities of the series wanted, with commas")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="for programs: what was found and fetched")] = False,
) -> None:  # fmt: skip
    """Fetch scans within the limits of the PACS; exit 1 when some were not found or came short, 2 for a bad list."""
    if expected is (source is not None):
        raise zones.usage("Name a list, or say --expected.")
    zones.use("gateway")
    zones.config("wiring").wire()
    from isocentre.core.actor import SYSTEM
    from isocentre.core.checks import Unfit
    from isocentre.rooms.intake import door as intake

    pulling = intake.pulling
    try:
        asked, notes = _given(source) if source else _expected(study)
        name = source.stem[:80] if source else f"Expected on {datetime.now().astimezone():%d %B %Y}"
        made = pulling.make(
            by=SYSTEM, research_study=study, pacs=_node(pulling, pacs), name=name, asked=asked,
            rule=pulling.rule({"modalities": modality}),
        )  # fmt: skip
    except Unfit as unfit:
        typer.echo("\n".join(f"{words}." for words in unfit.errors.values()), err=True)
        raise typer.Exit(2) from None
    for words in notes:
        typer.echo(words, err=True)
    worker = f"pull{os.getpid()}"
    _until(pulling, made, worker, (pulling.Pull.ASKING,), quiet=as_json)
    estimate = pulling.estimate(made)
    if not as_json:
        typer.echo(
            f"{estimate.scans} scans, {estimate.series} series, {estimate.images} images, about "
            f"{estimate.size / 1e9:.1f} GB; {estimate.nearline} scans not at hand; {estimate.nights} nights."
        )
    if not dry_run:
        pulling.start(by=SYSTEM, pull=made)
        _until(pulling, made, worker, (pulling.Pull.ASKING, pulling.Pull.FETCHING), quiet=as_json)
    told = pulling.told(made)
    if as_json:
        typer.echo(json.dumps(told | {"list": made.pk, "estimate": asdict(estimate)}))
    else:
        _say(told)
    raise typer.Exit(0 if pulling.complete(made, fetched=not dry_run) else 1)


def _say(told: dict[str, Any]) -> None:
    for kind in ("lines", "series"):
        typer.echo(", ".join(f"{count} {words}" for words, count in told[kind].items()) + ".")


def _given(source: Path) -> tuple[list[tuple[int, Any]], tuple[str, ...]]:
    """What the file asks for, and how it was read."""
    from isocentre.rooms.intake import door as intake

    lines, notes = intake.pulling.lines(source.read_bytes())
    return _asked(lines), notes


def _expected(study: str) -> tuple[list[tuple[int, Any]], tuple[str, ...]]:
    """What planned visits expect, and how many of them cannot be asked for."""
    from isocentre.core.actor import SYSTEM
    from isocentre.rooms.intake import door as intake

    found = intake.pulling.expected(SYSTEM, study)
    without = sum(one.asked is None for one in found)
    notes = (f"{without} planned visits are of people without a hospital number that can be asked for.",)
    asked = intake.pulling.lines_expected(found)
    if not asked:
        typer.echo("Nothing that is planned is due and missing.", err=True)
        raise typer.Exit(0)
    return asked, notes if without else ()


def _asked(lines: list[Any]) -> list[tuple[int, Any]]:
    """What the lines ask for; exit 2 with each wrong line named by its number."""
    wrong = [line for line in lines if line.errors]
    for line in wrong:
        for name, words in line.errors.items():
            typer.echo(f"line {line.number}, {name}: {words}.", err=True)
    if wrong:
        typer.echo(f"{len(wrong)} of {len(lines)} lines are wrong, so the PACS was not asked.", err=True)
        raise typer.Exit(2)
    return [(line.number, line.asked) for line in lines if not line.same_as]


def _node(pulling: Any, name: str) -> int:
    nodes = list(pulling.PacsNode.objects.values_list("pk", "name"))
    found = [pk for pk, known in nodes if known == name or not name]
    if len(found) != 1:
        names = ", ".join(known for _, known in nodes) or "none yet: add one on the page Fetching"
        raise zones.usage(f"--pacs: name the PACS ({names}).")
    return int(found[0])


def _until(pulling: Any, made: Any, worker: str, states: tuple[str, ...], *, quiet: bool) -> None:
    """Work beside the running gateway, if there is one, until the list has left these states."""
    with Progress(disable=quiet) as progress:
        task = progress.add_task("asking the PACS" if len(states) == 1 else "fetching", total=None)
        while True:
            made.refresh_from_db()
            if made.state not in states:
                return
            done, total = pulling.progress(made, fetching=len(states) > 1)
            progress.update(task, completed=done, total=total or None)
            if not pulling.by_itself(worker):
                time.sleep(WAIT)
