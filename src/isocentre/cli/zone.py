"""Makes a command work in one zone: its settings, its database, its data folder."""

from __future__ import annotations

import os

import typer


def use(zone: str) -> None:
    """Load Django for this zone; a usage error (exit 2) when there is no such zone or the process has another."""
    if zone not in ("gateway", "platform"):
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
