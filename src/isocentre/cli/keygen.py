"""`isocentre keygen`: make the key of one research study, from which pseudonyms, UIDs and date shifts come."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path
from typing import Annotated

import typer

KEY_BYTES = 32


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("keygen")(keygen)


def make(path: Path) -> None:
    """Write a new key as 64 hexadecimal digits, readable by its owner only; FileExistsError when there is a file."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w", encoding="ascii") as stream:
        stream.write(secrets.token_hex(KEY_BYTES) + "\n")
        stream.flush()
        os.fsync(stream.fileno())


def read(path: Path) -> bytes:
    """The key in a file that `make` wrote (or 32 raw bytes); ValueError when it is no key, OSError when unreadable."""
    data = path.read_bytes()
    if len(data) == KEY_BYTES:
        return data
    try:
        key = bytes.fromhex(data.decode("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError("the key file does not hold a key (64 hexadecimal digits)")
    return key


def keygen(
    file: Annotated[Path, typer.Argument(help="where to write the key; must not exist")],
    as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """Make a key for one research study. Keep it where the originals are kept: whoever has it can undo dates."""
    try:
        make(file)
    except FileExistsError:
        typer.echo("There is already a file of this name: a key is never overwritten.", err=True)
        raise typer.Exit(2) from None
    except OSError as error:
        typer.echo(f"The key could not be written: {error.strerror}.", err=True)
        raise typer.Exit(2) from None
    if as_json:
        typer.echo(json.dumps({"key_file": str(file.resolve()), "written": True}))
        return
    typer.echo(
        "The key is written. Use it for this research study only, and keep a copy apart: it cannot be made again."
    )
