"""Which real peers this machine has, and how tests reach them; `make peers` installs and starts them all."""

from __future__ import annotations

import functools
import os
import shutil
import socket
from collections.abc import Callable
from importlib.util import find_spec
from urllib.parse import urlsplit

# Full paths on purpose: pynetdicom puts a `storescu` of its own into the virtual environment.
STORESCU = "/usr/bin/storescu"
ECHOSCU = "/usr/bin/echoscu"
DCIODVFY = "/usr/bin/dciodvfy"
ORTHANC = "/usr/sbin/Orthanc"
ORTHANC_PLUGINS = "/usr/share/orthanc/plugins"

# The role is made by scripts/peers.sh on this machine's own cluster, reachable over loopback only.
POSTGRES = os.environ.get(
    "ISOCENTRE_TEST_POSTGRES", "postgresql://isocentre_test:isocentre_test@127.0.0.1:5432/postgres"
)


def _file(path: str) -> Callable[[], bool]:
    return lambda: os.access(path, os.X_OK)


def chromium() -> str | None:
    """Path of the machine's Chromium or Chrome, None when there is none."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def _postgres() -> bool:
    address = urlsplit(POSTGRES)
    try:
        with socket.create_connection((address.hostname or "127.0.0.1", address.port or 5432), timeout=2):
            return True
    except OSError:
        return False


PEERS: dict[str, Callable[[], bool]] = {
    "dcmtk": _file(STORESCU),
    "dciodvfy": _file(DCIODVFY),
    "orthanc": lambda: os.access(ORTHANC, os.X_OK) and os.path.isdir(ORTHANC_PLUGINS),
    "gdcm": lambda: shutil.which("gdcmconv") is not None,
    "chromium": lambda: chromium() is not None,
    "faketime": lambda: shutil.which("faketime") is not None,
    "postgresql": _postgres,
    "oidc-provider-mock": lambda: all(map(find_spec, ("oidc_provider_mock", "jwt"))),
}


@functools.cache
def missing() -> tuple[str, ...]:
    """Names of the peers that are not here, in the order of PEERS."""
    return tuple(name for name, here in PEERS.items() if not here())


def free_port() -> int:
    """A TCP port of loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def free_ports(count: int) -> list[int]:
    """That many free TCP ports in a row, as `isocentre up` takes for its two sides; RuntimeError when none are."""
    for _ in range(100):
        first = free_port()
        try:
            for port in range(first, first + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            continue
        return list(range(first, first + count))
    raise RuntimeError(f"no {count} free ports in a row")
