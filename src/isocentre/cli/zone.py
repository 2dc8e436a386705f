"""Makes a command work in one zone: its settings, its database, its data folder."""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

import typer

ZONES = ("gateway", "platform")


def use(zone: str) -> None:
    """Load Django for this zone; a usage error (exit 2) when there is no such zone or the process has another."""
    if zone not in ZONES:
        raise typer.BadParameter("the zone is gateway or platform")
    told = os.environ.setdefault("ISOCENTRE_ZONE", zone)
    if told != zone:
        raise typer.BadParameter(f"this command is for the {zone}, but ISOCENTRE_ZONE is {told}")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"isocentre.config.settings.{zone}")
    import django

    django.setup()


def fail(words: str) -> typer.Exit:
    """Say what went wrong on stderr; raise the result (exit 1)."""
    typer.echo(words, err=True)
    return typer.Exit(1)


def config(name: str) -> Any:
    """A module of `config`: it stands above the command line and, like Django's settings, is named, never imported."""
    return import_module(f"isocentre.config.{name}")


def environment(zone: str | None = None) -> Any:
    """The environment of a zone (`config.environment.Environment`), without loading Django; exit 2 when it is wrong."""
    try:
        return config("environment").read(zone)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
