"""`isocentre deid score`: hold what a de-identification put out against an answer key, and say what is wrong."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Annotated

import typer

from isocentre.adapters import answer_keys
from isocentre.cli import validity
from isocentre.core.score.model import Key, Maps
from isocentre.core.score.reading import Unreadable, read
from isocentre.core.score.scoring import Scorer

STATE = ".isocentre-deid"
"""In an output of `isocentre deid`: what is done, no part of the output."""


def score(
    answers: Annotated[Path, typer.Argument(metavar="ANSWERS", help="answer key (SQLite), ours or that of MIDI-B")],
    output: Annotated[Path, typer.Argument(metavar="OUTPUT", help="folder of what was put out")],
    maps: Annotated[Path, typer.Option("--maps", help="folder of uid_map.csv and patient_id_map.csv")],
    originals: Annotated[
        Path | None, typer.Option("--originals", help="folder of the originals: new errors of dciodvfy are listed")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="the whole report as JSON")] = False,
) -> None:
    """Check every answer of a key on the output. Exit 1 when one is wrong, 2 when it could not be done."""
    for path, words in ((answers, "ANSWERS"), (output, "OUTPUT"), (maps, "--maps"), (originals, "--originals")):
        if path is not None and not path.exists():
            raise _usage(f"There is nothing at {words}.")
    if originals is not None and validity.tool() is None:
        raise _usage("dciodvfy is not installed: leave out --originals, or install dicom3tools.")
    try:
        keys = answer_keys.read(answers)
    except answer_keys.BadKeys as error:
        raise _usage(f"The answer key cannot be used: {error}.") from None
    scorer = Scorer(_maps(maps))
    made = _judge(scorer, {key.sop_instance_uid: key for key in keys}, output)
    report = scorer.report(keys)
    errors = validity.new_errors(originals, made) if originals is not None else None
    if as_json:
        typer.echo(json.dumps({**report.as_json(), "new_errors": errors}, indent=1))
    else:
        typer.echo(report.as_text())
        if errors is not None:
            typer.echo(validity.words(errors))
    raise typer.Exit(0 if report.right and not errors else 1)


def _judge(scorer: Scorer, keys: dict[str, Key], output: Path) -> dict[str, Path]:
    """Judge every file below the folder; SOP instance UID of the original to the path of its output."""
    made: dict[str, Path] = {}
    for path in sorted(p for p in output.rglob("*") if p.is_file()):
        name = str(path.relative_to(output))
        if path.relative_to(output).parts[0] == STATE:
            continue
        try:
            found = read(path.read_bytes(), name)
        except Unreadable:
            scorer.unknown(name)
            continue
        original = scorer.original(found)
        if original not in keys:
            scorer.unknown(name)
            continue
        made[original] = path
        scorer.add(keys[original], found)
    return made


def _maps(folder: Path) -> Maps:
    return Maps(_map(folder / "uid_map.csv"), _map(folder / "patient_id_map.csv"))


def _map(path: Path) -> dict[str, str]:
    """A map as `deid --maps` writes it: id_old, id_new."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return {row["id_old"]: row["id_new"] for row in csv.DictReader(file)}
    except OSError as error:
        raise _usage(f"{path.name} cannot be read: {error.strerror}.") from None
    except (KeyError, csv.Error, UnicodeDecodeError):
        raise _usage(f"{path.name} has not the columns id_old and id_new.") from None


def _usage(words: str) -> typer.Exit:
    typer.echo(words, err=True)
    return typer.Exit(2)
