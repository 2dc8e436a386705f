"""`isocentre master-key`: split the master key for printing, bring it back from shares of several people, rotate it."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from isocentre.adapters.vault import named as vaults
from isocentre.adapters.vault.local import install_master_key, read_master_key
from isocentre.cli import zone as zones
from isocentre.core import shares as sheets

app = typer.Typer(help="The key that opens every study key of this hospital.", no_args_is_help=True)


@app.callback()
def master_key() -> None:
    """The key that opens every study key of this hospital."""


@app.command()
def split(
    shares: Annotated[int, typer.Option(help="how many people keep a share")] = 3,
    needed: Annotated[int, typer.Option(help="how many of them bring the key back")] = 2,
) -> None:
    """Show shares of the master key, one at a time, to print or write down. Fewer than needed say nothing about it."""
    home = _home()
    _kept_here("split")
    try:
        key = read_master_key(home)
    except ValueError as error:
        raise zones.fail(f"Not split: {error}.") from None
    try:
        made = sheets.split(key, shares=shares, needed=needed)
    except ValueError as error:
        raise zones.usage(f"Not split: {error}. Give other --shares and --needed.") from None
    _audit("master_key_split", {"shares": shares, "needed": needed})
    for share in made:
        typer.echo(f"Isocentre master key, share {share.point} of {shares}; {needed} bring it back\n")
        for number, line in enumerate(sheets.printed(share), start=1):
            typer.echo(f"  {number}) {line}")
        typer.echo()
        _turn_over("Print or write it down, and hand it to its keeper. Press Enter for the next.")
    typer.echo("Keep each share with another person, away from this machine and from its backups.", err=True)


@app.command()
def join(
    files: Annotated[
        list[Path] | None, typer.Argument(exists=True, dir_okay=False, help="shares as files; else they are typed")
    ] = None,
) -> None:
    """Bring the master key back from the shares of several people. Exit 1 when they do not give the one that fits."""
    home = _home()
    _kept_here("brought back")
    try:
        given = [sheets.typed(sheets.lines_of(path.read_text("utf-8"))) for path in files or ()] or _typed()
        key = sheets.join(given)
        opened = install_master_key(home, key)
    except (sheets.BadShare, ValueError) as error:
        _audit("master_key_refused", {})
        raise zones.fail(f"Not brought back: {error}") from None
    _audit("master_key_joined", {"shares": len(given), "study_keys": opened})
    typer.echo(f"The master key is back; it opens {opened:,} study keys. Scans held for it are tried again under Held.")


@app.command()
def rotate() -> None:
    """Wrap every study key by a new master key. Afterwards split it again: the old shares open old backups only."""
    home = _home()
    try:
        count = vaults.opened(home).rotate()
    except ValueError as error:
        raise zones.fail(f"Not rotated: {error}.") from None
    _audit("master_key_rotated", {"study_keys": count})
    if vaults.elsewhere():
        typer.echo(f"A new version of the vault's key wraps {count:,} study keys. Backups made before need the older")
        typer.echo("versions: raise min_decryption_version only when none is kept. A master.key here is used no more.")
        return
    typer.echo(f"A new master key wraps {count:,} study keys. Split it now: isocentre master-key split.")
    typer.echo("Keep the old shares as long as a backup from before is kept: they alone open it.")


def _kept_here(done: str) -> None:
    if vaults.elsewhere():
        raise zones.fail(
            f"Not {done}: the key is in the vault that ISOCENTRE_VAULT names, whose keepers have its shares."
        )


def _typed() -> list[sheets.Share]:
    """Shares typed one after another, each by its keeper; a mistyped line is asked for again."""
    given: list[sheets.Share] = []
    while not given or len({share.point for share in given}) < given[0].needed:
        typer.echo(f"Share {len(given) + 1}: its keeper types six lines, as they are printed.")
        try:
            given.append(sheets.typed([_line(number) for number in range(1, sheets.LINES + 1)]))
        except sheets.BadShare as bad:
            typer.echo(str(bad), err=True)
        if sys.stdin.isatty():
            Console().clear()
    return given


def _line(number: int) -> str:
    while True:
        line: str = typer.prompt(f"{number})", prompt_suffix=" ")
        try:
            sheets.line_typed(number, line)
        except sheets.BadShare as bad:
            typer.echo(str(bad), err=True)
        else:
            return line


def _turn_over(words: str) -> None:
    """On a terminal nobody sees the share of another."""
    if sys.stdout.isatty() and sys.stdin.isatty():
        typer.prompt(words, default="", show_default=False, prompt_suffix="")
        Console().clear()


def _home() -> Path:
    zones.use("gateway")
    from django.conf import settings

    return Path(settings.ZONE_HOME)


def _audit(action: str, detail: dict[str, Any]) -> None:
    from django.db import transaction

    from isocentre.audit import door as audit
    from isocentre.core.actor import SYSTEM

    with transaction.atomic():
        entry = audit.Entry(action, "vault", "master key", {**detail, "account": getpass.getuser()})
        audit.record(by=SYSTEM, entries=[entry])
