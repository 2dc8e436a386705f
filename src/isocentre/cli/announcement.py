"""What `isocentre up` says once the sides it runs answer."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Sequence

import typer

from isocentre.cli import zone as zones


class Announcement:
    """Says once that the sides answer and, with the demo, once more when it is stored and may be signed in to."""

    def __init__(self, sides: Sequence[str], told: Sequence[str]) -> None:
        """`told`: what preparing the sides left for a person to do."""
        self._sides, self._told = sides, told
        self._demo = len(sides) > 1 and zones.environment("gateway").demo
        self._waiting = [("healthz", self._addresses)] + ([("readyz", self._sign_ins)] if self._demo else [])
        self._turns = 0

    def look(self) -> None:
        """One look, every second."""
        self._turns += 1
        if self._waiting and self._turns % 5 == 0 and self._answers(self._waiting[0][0]):
            self._waiting.pop(0)[1]()

    def _addresses(self) -> None:
        typer.echo("Isocentre is running. Stop it with Ctrl-C.")
        for zone in reversed(zones.ZONES):
            if zone in self._sides:
                env = zones.environment(zone)
                public = f"  reached as {env.public_url}" if env.public_url else ""
                typer.echo(f"  {zones.SIDES[zone]}  http://127.0.0.1:{env.http_port}/{public}")
        gateway = zones.environment("gateway")
        if "gateway" in self._sides:
            typer.echo(f"  scanners send to port {gateway.dicom_port}")
        for words in self._told:
            typer.echo(words)
        if self._demo and not (gateway.home / "demo" / "stored").exists():
            typer.echo("The demonstration is being sent through the hospital side ...")

    def _sign_ins(self) -> None:
        port = zones.environment("gateway").dicom_port
        typer.echo("The demonstration is stored; everything in it is made up.")
        typer.echo("Sign in on the start page of either side: twelve people are there as cards.")
        typer.echo(f"Send a scan of your own:\n  storescu -aec DEMO_MR +sd +r -nh 127.0.0.1 {port} FOLDER")

    def _answers(self, path: str) -> bool:
        for zone in self._sides:
            address = f"http://127.0.0.1:{zones.environment(zone).http_port}/{path}"
            try:
                with urllib.request.urlopen(address, timeout=2):
                    pass
            except (OSError, urllib.error.HTTPError):
                return False
        return True
