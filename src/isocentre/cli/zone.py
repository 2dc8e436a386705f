"""Makes a command work in one zone: its settings, its database, its data folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import typer

ZONES = ("gateway", "platform")
SIDES = {"gateway": "hospital side", "platform": "national side"}
"""Each zone as people call it."""


class NotSetUp(RuntimeError):
    """The zone has no data folder yet; the text says what to do."""


def use(zone: str) -> None:
    """Load Django for this zone; a usage error (exit 2) when there is no such zone or the process has another."""
    if zone not in ZONES:
        raise typer.BadParameter("the zone is gateway or platform")
    told = os.environ.get("ISOCENTRE_ZONE", zone)
    if told != zone:
        raise typer.BadParameter(f"this command is for the {zone}, but ISOCENTRE_ZONE is {told}")
    home = environment(zone).zone_home
    if not (home / "secret.key").exists():
        raise NotSetUp(f"There is nothing in {home} yet: start once with `isocentre up`, or set ISOCENTRE_HOME.")
    os.environ.update(own_environment(zone))
    import django

    django.setup()


def own_environment(zone: str) -> dict[str, str]:
    """The environment of one zone's processes.

    While ISOCENTRE_ZONE is not set, ISOCENTRE_DATABASE_URL speaks of both zones: a PostgreSQL URL becomes one database
    a zone (`…/isocentre` to `…/isocentre_gateway`); one SQLite file cannot be two, so each zone has its own then. The
    hospital side's public address is in ISOCENTRE_PUBLIC_URL_GATEWAY then.
    """
    env = dict(os.environ)
    url = env.get("ISOCENTRE_DATABASE_URL", "")
    if "ISOCENTRE_ZONE" not in env and url.startswith(("postgres://", "postgresql://")):
        parts = urlsplit(url)
        path = parts.path.rstrip("/") or "/isocentre"
        env["ISOCENTRE_DATABASE_URL"] = parts._replace(path=f"{path}_{zone}").geturl()
    elif "ISOCENTRE_ZONE" not in env:
        env.pop("ISOCENTRE_DATABASE_URL", None)
    env["ISOCENTRE_PUBLIC_URL"] = environment(zone).public_url
    return env | {"ISOCENTRE_ZONE": zone, "DJANGO_SETTINGS_MODULE": f"isocentre.config.settings.{zone}"}


def present() -> list[str]:
    """The zones that were set up in the data folder."""
    return [zone for zone in ZONES if (environment(zone).zone_home / "secret.key").exists()]


def run(zone: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `isocentre …` in a zone, in a process of its own (one process is one zone), and keep what it says."""
    return subprocess.run(
        [sys.executable, "-m", "isocentre", *arguments], env=own_environment(zone), capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def ask(zone: str, *arguments: str) -> Any:
    """The JSON that `isocentre …` says in a zone; exit 1 where it says none."""
    done = run(zone, *arguments)
    if done.returncode:
        raise fail(f"The {SIDES[zone]} did not answer: {done.stderr.strip() or 'see `isocentre doctor`'}")
    return json.loads(done.stdout)


def fail(words: str) -> typer.Exit:
    """Say what went wrong on stderr; raise the result (exit 1)."""
    typer.echo(words, err=True)
    return typer.Exit(1)


def usage(words: str) -> typer.Exit:
    """Say what is wrong with what was asked, and what to do, in a line on stderr; raise the result (exit 2)."""
    typer.echo(words, err=True)
    return typer.Exit(2)


def config(name: str) -> Any:
    """A module of `config`: it stands above the command line and, like Django's settings, is named, never imported."""
    return import_module(f"isocentre.config.{name}")


def environment(zone: str | None = None) -> Any:
    """The environment of a zone (`config.environment.Environment`), without loading Django; exit 2 when it is wrong."""
    try:
        env = config("environment").read(zone)
        if env.zone == "gateway" and os.environ.get("ISOCENTRE_VAULT"):
            from isocentre.adapters.vault import named

            named.opened(env.zone_home)  # refuses settings that cannot be; asks nobody yet
        return env
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
