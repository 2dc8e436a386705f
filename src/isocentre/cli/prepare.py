"""What `up` does in each zone before it serves: migrations, joining on one machine, the demo's people.

What a person must be told is printed, a line each; `up` says it once the side answers.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import typer

from isocentre.cli import zone as zones

NAME = "local"
"""What the gateway is called that `up` joins by itself: both sides in one data folder."""
SITE, DEMO_SITES = "LOCAL", ("RNM01", "RNM02", "RNM03")
NOT_JOINED = "This hospital side has not joined a national side: isocentre gateway join URL CODE"
LOCK = 7_203_113_945_018_202  # any number, the same in every version: PostgreSQL's name for our lock


def prepare(zone: str, *, alone: bool) -> None:
    """Bring the database up to date; join the two sides of one machine, unless the gateway joined elsewhere."""
    zones.use(zone)
    from django.conf import settings
    from django.core.management import call_command

    with migrating(Path(settings.ZONE_HOME)):
        call_command("migrate", verbosity=0, interactive=False)
    zones.config("wiring").wire()
    from isocentre.people import first, joining

    if zone == "platform":
        from isocentre.rooms.register import door as register

        register.agreements.settle()
    if not alone and not joined_elsewhere(zones.environment("gateway").zone_home):
        _join_here(zone)
    elif zone == "gateway" and joining.joined(Path(settings.ZONE_HOME)) is None:
        typer.echo(NOT_JOINED)
    if settings.DEMO:
        _demo(zone)
    elif link := first.link():
        typer.echo(f"Make the first administrator of the {zones.SIDES[zone]} within 24 hours, once, at\n  {link}")


@contextmanager
def migrating(home: Path) -> Iterator[None]:
    """One at a time: per data folder by a lock on a file, per PostgreSQL database by an advisory lock."""
    from django.db import connection

    with (home / "migrate.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if connection.vendor != "postgresql":
            yield
            return
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])  # of the session: ends with it, however it ends
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def joined_elsewhere(gateway_home: Path) -> bool:
    """True when `isocentre gateway join` noted a national side that is not the one of this data folder."""
    from isocentre.people import joining

    found = joining.joined(gateway_home)
    return found is not None and not (found.name == NAME and urlsplit(found.url).hostname == "127.0.0.1")


def _join_here(zone: str) -> None:
    from isocentre.core import gateway_token
    from isocentre.people import gateways, joining

    national, hospital = zones.environment("platform"), zones.environment("gateway")
    if zone == "platform":
        key = gateway_token.public_key(joining.own_key(hospital.zone_home))
        gateways.ensure_local(name=NAME, site=",".join(DEMO_SITES) if national.demo else SITE, public_key=key)
    else:
        joining.note(hospital.zone_home, f"http://127.0.0.1:{national.http_port}", NAME)


def _demo(zone: str) -> None:
    from isocentre.people import demo

    demo.ensure_demo_people()
    if zone == "platform":
        from isocentre.desk.demo import platform

        platform.seed()
