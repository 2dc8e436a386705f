"""`isocentre conformance` prints or writes the statement of one side, or of both that are here."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from support import hospital as made_up
from support.gateway_ports import TRUST
from typer.testing import CliRunner

from isocentre.cli import main
from isocentre.cli import zone as zones
from isocentre.core.trust.facts import Surroundings
from isocentre.rooms.archive import conformance as national
from isocentre.rooms.intake.trust import ports

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def wired(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(zones, "use", lambda zone: None)
    real = zones.config
    wiring = SimpleNamespace(wire=lambda: None)
    monkeypatch.setattr(zones, "config", lambda name: wiring if name == "wiring" else real(name))
    monkeypatch.setattr(ports, "_ports", [TRUST])
    monkeypatch.setattr(national, "_ports", [national.Ports(lambda: Surroundings("0.1", port=8000), TRUST.typesetter)])
    made_up.hospital()


def run(*words: str) -> Any:
    return CliRunner().invoke(main.build(), ["conformance", *words])


@pytest.mark.parametrize(("zone", "side"), [("gateway", "hospital side"), ("platform", "national side")])
def test_it_prints_the_side_it_is_asked_for(zone: str, side: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOCENTRE_ZONE", zone)
    done = run()
    assert done.exit_code == 0
    assert done.stdout.startswith(f"# DICOM Conformance Statement: Isocentre, {side}\n")
    made = json.loads(run("--json").stdout)
    assert list(made) == [zone]
    assert made[zone]["sections"][0]["title"] == "1 Overview"


def test_it_writes_a_new_file_and_no_other(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("ISOCENTRE_ZONE", "gateway")
    file = tmp_path / "statement.md"
    assert (run("--output", str(file)).exit_code, run("--output", str(file)).exit_code) == (0, 2)
    assert file.read_text(encoding="utf-8").startswith("# DICOM Conformance Statement")
    assert run("--output", str(tmp_path / "none" / "x.md")).exit_code == 2


def test_both_sides_are_each_asked_in_a_process_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("ISOCENTRE_ZONE", raising=False)
    monkeypatch.setenv("ISOCENTRE_HOME", str(tmp_path))
    assert run().exit_code == 1, "nothing is here"
    for zone in zones.ZONES:
        (tmp_path / zone).mkdir()
        (tmp_path / zone / "secret.key").write_text("x", encoding="ascii")

    def asked(words: list[str], *, env: dict[str, str], **_: Any) -> Any:
        zone = env["ISOCENTRE_ZONE"]
        said = json.dumps({zone: {"markdown": f"# {zone}\n"}})
        return subprocess.CompletedProcess(words, 0, said, "")

    monkeypatch.setattr(zones.subprocess, "run", asked)
    assert run().stdout == "# gateway\n\n# platform\n"
    monkeypatch.setattr(zones.subprocess, "run", lambda words, **_: subprocess.CompletedProcess(words, 1, "", "away"))
    done = run()
    assert (done.exit_code, "did not answer: away" in done.stderr) == (1, True)
