"""`isocentre deid`: de-identify a folder of DICOM files on this machine, without a server."""

from __future__ import annotations

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


def deid(
    source: Annotated[Path, typer.Argument(metavar="SRC", help="a DICOM file, or a folder of them")],
    destination: Annotated[Path, typer.Argument(metavar="DST", help="the folder for the copies")],
    profile: Annotated[str, typer.Option("--profile", help="name of a profile, or a profile file")],
    key_file: Annotated[Path | None, typer.Option("--key-file", help="the key of the research study")] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1, help="processes at once")] = 1,
    report: Annotated[Path | None, typer.Option("--report", help="write what was done to each file (JSON)")] = None,
    maps: Annotated[Path | None, typer.Option("--maps", help="folder for uid_map.csv and patient_id_map.csv")] = None,
    face_waiver: Annotated[str, typer.Option("--face-waiver", help="why scans that may show a face may pass")] = "",
) -> None:
    """De-identify files into a folder that mirrors their own. Exit 1 when a file was held or failed."""
    # Here, and not above: every command and every process of `up` would wait a third of a second for the engine.
    from isocentre.cli import deid_run

    deid_run.run(source, destination, profile, key_file, jobs=jobs, report=report, maps=maps, face_waiver=face_waiver)
