"""The web server of the zone in ISOCENTRE_ZONE, which `side` forks."""

from __future__ import annotations

import os

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from isocentre.config import environment, logs

THREADS = 8


def main() -> None:
    """Serve until told to stop."""
    env = environment.read()
    # The national side serves images to many; the hospital side serves pages to a few.
    workers = max(2, min(8, (os.cpu_count() or 2) // 2)) if env.zone == "platform" else 1
    Granian(
        "isocentre.config.wsgi:application", address="127.0.0.1", port=env.http_port, interface=Interfaces.WSGI,
        workers=workers, blocking_threads=THREADS, websockets=False, log_level=LogLevels.error,
        log_dictconfig=logs.server_logging(), log_access=False, respawn_failed_workers=True,
    ).serve()  # fmt: skip
