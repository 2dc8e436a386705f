"""`isocentre deid`: de-identify DICOM files on this machine, without a server."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperCommand

from isocentre.cli.deid_score import score


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("deid", cls=WithScore, epilog="`isocentre deid score` holds the output against an answer key.")(deid)


class WithScore(TyperCommand):
    """`deid` takes a folder first; the word `score` in its place is a command of its own (`./score` is a folder)."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:
        """The context of this command, or of `score`."""
        if args[:1] != ["score"]:
            return super().make_context(info_name, args, parent, **extra)
        apart = typer.Typer(add_completion=False)
        apart.command("score")(score)
        return typer.main.get_command(apart).make_context(f"{info_name} score", args[1:], parent, **extra)


Source = Annotated[Path | None, typer.Argument(metavar="SRC", help="a DICOM file, a folder, a zip, or a DICOMDIR")]
Destination = Annotated[Path | None, typer.Argument(metavar="DST", help="the folder for the copies")]
Profile = Annotated[str, typer.Option("--profile", help="a profile (`isocentre profile show` lists them), or its file")]
KeyFile = Annotated[Path | None, typer.Option("--key-file", help="the key of the research study")]
Jobs = Annotated[int, typer.Option("--jobs", min=0, help="processes at once; 0: as many as there are cores")]
Report = Annotated[Path | None, typer.Option("--report", help="write what was done to each file (JSON)")]
Maps = Annotated[Path | None, typer.Option("--maps", help="folder for uid_map.csv and patient_id_map.csv")]
Account = Annotated[
    Path | None,
    typer.Option("--what-was-done", metavar="FILE", help="write two pages for a data protection officer (HTML)"),
]
Rules = Annotated[
    Path | None, typer.Option("--rules", metavar="FILE", help="rules that a hospital side exported (JSON)")
]
Waiver = Annotated[str, typer.Option("--face-waiver", help="why scans that may show a face may pass")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="read and decide, write nothing; needs no DST and no key")]
Explained = Annotated[
    Path | None,
    typer.Option("--explain", metavar="FILE", help="say of each attribute of one file what is done, and why"),
]
Values = Annotated[bool, typer.Option("--show-values", help="with --explain: values of the original as they are")]
Json = Annotated[bool, typer.Option("--json", help="for programs")]


def deid(
    source: Source = None,
    destination: Destination = None,
    profile: Profile = "",
    key_file: KeyFile = None,
    jobs: Jobs = 0,
    report: Report = None,
    maps: Maps = None,
    account: Account = None,
    rules: Rules = None,
    face_waiver: Waiver = "",
    dry_run: DryRun = False,
    explain: Explained = None,
    show_values: Values = False,
    as_json: Json = False,
) -> None:
    """De-identify files into a folder that mirrors their own. Exit 1 when a file was held or failed.

    The same command goes on where it was broken off.
    """
    # Here, and not above: every command and every process of `up` would wait a third of a second for the engine.
    from isocentre.cli import deid_explain, deid_key, deid_run

    if not profile:
        raise deid_key.usage("Name a profile with --profile: `isocentre profile show` lists them.")
    if explain is not None:
        deid_explain.explain(
            explain, profile, key_file, face_waiver=face_waiver, show_values=show_values, as_json=as_json
        )
        return
    if source is None:
        raise deid_key.usage("Name SRC, what is to be de-identified, and DST, the folder for the copies.")
    deid_run.run(
        deid_run.Asked(
            source,
            destination,
            profile,
            key_file,
            jobs or cores(),
            report,
            maps,
            account,
            face_waiver,
            dry_run,
            as_json,
            rules,
        )
    )


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
