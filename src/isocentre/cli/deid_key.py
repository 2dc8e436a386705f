"""The key `isocentre deid` works with: the one named, one made when a person agrees, or one for this once."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path

import typer

from isocentre.cli import keygen


def usage(words: str) -> typer.Exit:
    """Say what to do otherwise; exit 2."""
    typer.echo(words, err=True)
    return typer.Exit(2)


def key(path: Path | None) -> bytes:
    """The study key; on a terminal one is made when there is none and the person agrees."""
    if path is None or not path.exists():
        wanted = path or Path("study.key")
        if not sys.stdin.isatty():
            there = f"There is no key file {path}" if path else "No key"
            raise usage(f"{there}: make one with `isocentre keygen FILE` and name it with --key-file.")
        if wanted.exists():
            raise usage(f"Name the key with --key-file (there is a {wanted.name} here).")
        if not typer.confirm(f"There is no key. Make one as {wanted.name}?"):
            raise usage("Without a key nothing is done.")
        try:
            keygen.make(wanted)
        except OSError as error:
            raise usage(f"The key could not be written: {error.strerror}.") from None
        path = wanted
    return read(path)


def any_key(path: Path | None) -> bytes:
    """The key named, else one for this once: where nothing is written, its pseudonyms and UIDs lead nowhere."""
    return secrets.token_bytes(keygen.KEY_BYTES) if path is None else read(path)


def read(path: Path) -> bytes:
    """The key in a file; said in words when there is none."""
    try:
        return keygen.read(path)
    except OSError as error:
        raise usage(f"The key file cannot be read: {error.strerror}.") from None
    except ValueError as error:
        words = str(error)
        raise usage(f"{words[:1].upper()}{words[1:]}.") from None
