"""`isocentre firewall` prints the sheet of one side, or of both that are here: as words, CSV or JSON."""

from __future__ import annotations

import csv
import json
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support.gateway_ports import TRUST
from typer.testing import CliRunner

from isocentre.cli import main
from isocentre.cli import zone as zones
from isocentre.rooms.intake.models import Peer
from isocentre.rooms.intake.trust import ports

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def wired(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    real = zones.config
    wiring = SimpleNamespace(wire=lambda: None)
    monkeypatch.setattr(zones, "use", lambda zone: None)
    monkeypatch.setattr(zones, "config", lambda name: wiring if name == "wiring" else real(name))
    monkeypatch.setattr(ports, "_ports", [TRUST])
    monkeypatch.setenv("ISOCENTRE_HOME", str(tmp_path))
    monkeypatch.setenv("ISOCENTRE_ZONE", "gateway")
    Peer.objects.create(name="=MR", calling_ae="MR", address="10.1.1.1")


def run(*words: str) -> Any:
    return CliRunner().invoke(main.build(), ["firewall", *words])


def test_for_a_person_a_spreadsheet_and_a_program() -> None:
    assert "Hospital side, in: =MR (10.1.1.1) to this computer, TCP port 11112" in run().stdout
    head, first, *_ = csv.reader(run("--csv").stdout.splitlines())
    assert head == ["Side", "From", "To", "Port", "Protocol", "Direction", "Why", "TLS"]
    assert first[1] == "'=MR (10.1.1.1)", "a spreadsheet would run it"
    assert json.loads(run("--json").stdout)[0]["port"] == "11112"
    assert run("--json", "--csv").exit_code == 2


def test_the_national_side(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOCENTRE_ZONE", "platform")
    assert "National side, on this computer" in run().stdout


def test_both_sides(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ISOCENTRE_ZONE")
    assert run().exit_code == 1, "nothing is here"
    for zone in zones.ZONES:
        (tmp_path / zone).mkdir()
        (tmp_path / zone / "secret.key").write_text("x", encoding="ascii")

    def asked(words: list[str], *, env: dict[str, str], **_: Any) -> Any:
        keys = ("side", "from", "to", "port", "protocol", "direction", "why", "tls")
        return subprocess.CompletedProcess(words, 0, json.dumps([dict.fromkeys(keys, env["ISOCENTRE_ZONE"])]), "")

    monkeypatch.setattr(zones.subprocess, "run", asked)
    assert [one["side"] for one in json.loads(run("--json").stdout)] == ["gateway", "platform"]
    monkeypatch.setattr(zones.subprocess, "run", lambda words, **_: subprocess.CompletedProcess(words, 1, "", ""))
    assert run().exit_code == 1
