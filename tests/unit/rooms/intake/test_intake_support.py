"""The support bundle: planted names, numbers and secrets are nowhere in it; what helps is; it is audited."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse
from support import hospital as made_up
from support.hospital import arrive, newcomer, signed_in
from support.needles import Search
from typer.testing import CliRunner

from isocentre.audit.models import AuditRow
from isocentre.cli import main
from isocentre.cli import zone as zones
from isocentre.core.actor import SYSTEM
from isocentre.desk import hooks, support
from isocentre.jobs.models import Beat, OutboxRow
from isocentre.rooms.intake import door, supporting
from isocentre.rooms.intake.models import LedgerRow, Peer, Refusal

pytestmark = pytest.mark.django_db
ENROLLED = ("OKONKWO^ADAEZE", "9990000018", "NM445566")
STRANGER = ("WOJTYLLA^KAROLINA", "RX-8812345", "ACC7654321")
SECRETS = (
    "hunter2-database",
    "hvs-of-the-vault",
    "hunter2-mail-pass",
    "tok-en-of-dicomweb",
    "c2VjcmV0LWtleS1vZi10aGUtc2lkZQ",
)
UNKNOWN_NUMBER = "4010232137"
"""An NHS number of nobody known here: found by its check digit."""


@pytest.fixture
def planted(hospital: None, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Needles in logs, rows, settings, files and the environment."""
    settings.ZONE_HOME, settings.ROOT_URLCONF = tmp_path, "isocentre.config.urls_gateway"
    settings.PROXIES, settings.SECRET_KEY = (), SECRETS[4]
    settings.EMAIL_HOST_PASSWORD = SECRETS[2]
    monkeypatch.setenv("ISOCENTRE_DATABASE_URL", f"postgresql://isocentre:{SECRETS[0]}@db/x")

    door.enrol(by=made_up.LEAD, research_study="lungs", hospital_number=ENROLLED[2], name=ENROLLED[0],
               nhs_number=ENROLLED[1], subject_id="01/007")  # fmt: skip
    named = {"patient_id": STRANGER[1], "patient_name": STRANGER[0], "accession": STRANGER[2]}
    arrive(newcomer(facts=named))
    (tmp_path / "dicomweb.json").write_text(json.dumps({"East": {"url": "https://e.uk", "token": SECRETS[3]}}))
    (tmp_path / "sign-in.json").write_text("{", encoding="utf-8")
    (tmp_path / "vault.token").write_text(f"{SECRETS[1]}\n", encoding="utf-8")
    monkeypatch.setenv("ISOCENTRE_VAULT_TOKEN_FILE", str(tmp_path / "vault.token"))
    logs = tmp_path / "logs"
    logs.mkdir()
    lines = [{"event": "held", "level": "info", "where": one} for one in (*ENROLLED, *STRANGER, *SECRETS)]
    lines += [{"event": f"for {ENROLLED[0].split('^')[1]} {ENROLLED[0].split('^')[0]}", "row": ENROLLED[2]},
              {"event": f"nhs {UNKNOWN_NUMBER}"}, {"event": "token: abcdefgh12345678"},
              {"event": "worker started", "level": "info", "timestamp": "2026-12-01T16:00:00.000+00:00"}]  # fmt: skip
    text = "\n".join(map(json.dumps, lines)) + f"\nTraceback: {ENROLLED[0]}\n  {SECRETS[0]}\n"
    (logs / "worker-0.log").write_text(text, encoding="utf-8")
    (logs / "notes.txt").write_text(ENROLLED[0], encoding="utf-8")
    Beat.objects.create(process="iso-worker-0", at=made_up.timezone.now(), doing=f"moving {ENROLLED[2]}")
    OutboxRow.objects.create(event="scan_received", payload={"n": STRANGER[1]}, listener=STRANGER[2], state="poison")
    Peer.objects.create(name=STRANGER[0], calling_ae="MR", address="10.1.1.1")
    Refusal.objects.create(peer="MR", cause="no_data", words=STRANGER[0], first_at=made_up.timezone.now(),
                           last_at=made_up.timezone.now())  # fmt: skip
    return tmp_path


def read(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        return {name: file.read(name).decode() for name in file.namelist()}


def test_no_needle_is_in_it_and_what_helps_is(planted: Path) -> None:
    more = {"doctor.json": {"findings": [{"about": f"PACS {STRANGER[0]}", "words": "answers"}]}}
    made = support.make(by=SYSTEM, more=more)
    found = Search([*ENROLLED, *STRANGER, *SECRETS, UNKNOWN_NUMBER, "abcdefgh12345678"]).within(made.file)
    assert found == set()
    parts = read(made.file)
    assert set(parts) >= {name for name in support.PARTS if not name.endswith("/")}
    assert [name for name in parts if name.startswith("logs/")] == ["logs/worker-0.log"], "no file but logs"
    assert "worker started" in parts["logs/worker-0.log"]
    assert "2026-12-01T16:00:00.000+00:00" in parts["logs/worker-0.log"]
    rooms = json.loads(parts["rooms.json"])
    assert rooms["ledger"] == {"received": 1, "states": {"held": 1}, "balances": True}
    assert rooms["refused"] == [["no_data", 1]]
    assert "iso-worker-0" in parts["status.json"]
    assert "intake 0001_initial" in parts["migrations.json"]
    [log] = [one for one in made.contents if one["name"] == "logs/worker-0.log"]
    assert log["not_taken"] == 2
    assert log["removed"] >= 14
    assert json.loads(parts["contents.json"]) == made.contents
    row = AuditRow.objects.get(action="support_bundle_made")
    assert row.detail["removed"] == sum(one["removed"] for one in made.contents)


def test_what_is_known_holds_everybody(planted: Path) -> None:
    assert {*ENROLLED, *STRANGER, "19600101"} <= set(supporting.identifiers())


def test_without_what_is_known_nothing_is_made(planted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = hooks.ask
    monkeypatch.setattr(
        hooks, "ask", lambda name, *args: hooks.Answers([], ["intake"]) if name == "identifiers" else real(name, *args)
    )
    with pytest.raises(support.NotMade, match="could not be asked of intake"):
        support.make(by=SYSTEM)
    client = signed_in("administrator")
    answer = client.post(reverse("support"), follow=True)
    assert "could not be asked of intake" in answer.content.decode()
    assert not AuditRow.objects.filter(action="support_bundle_made").exists()


def test_an_administrator_makes_it_and_nobody_else(planted: Path) -> None:
    client = signed_in("administrator")
    assert reverse("support") in client.get(reverse("status")).content.decode()
    assert "contents.json" in client.get(reverse("support")).content.decode()
    answer = client.post(reverse("support"))
    assert answer["Content-Type"] == "application/zip"
    assert "contents.json" in read(answer.content)
    other = signed_in("pacs_manager")
    assert (other.get(reverse("support")).status_code, other.post(reverse("support")).status_code) == (403, 403)
    assert reverse("support") not in other.get(reverse("status")).content.decode()


@pytest.fixture
def commanded(planted: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    real = zones.config
    wiring = SimpleNamespace(wire=lambda: None)
    monkeypatch.setattr(zones, "use", lambda zone: None)
    monkeypatch.setattr(zones, "config", lambda name: wiring if name == "wiring" else real(name))
    monkeypatch.setattr(zones.subprocess, "run", lambda *words, **_: SimpleNamespace(stdout="not JSON"))
    monkeypatch.setenv("ISOCENTRE_HOME", str(planted))
    monkeypatch.setenv("ISOCENTRE_ZONE", "gateway")
    return planted


def run(*words: str) -> Any:
    return CliRunner().invoke(main.build(), ["support", *words])


def test_the_command_lists_what_is_in_it_and_writes_a_new_file(commanded: Path) -> None:
    file = commanded / "bundle.zip"
    done = run("--output", str(file))
    assert done.exit_code == 0
    assert "logs/worker-0.log: " in done.stdout
    assert "doctor did not answer" in read(file.read_bytes())["doctor.json"]
    assert run("--output", str(file)).exit_code == 2


def test_the_command_is_for_one_side(commanded: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ISOCENTRE_ZONE")
    assert run().exit_code == 1, "nothing is here"
    for zone in zones.ZONES:
        (commanded / zone).mkdir()
        (commanded / zone / "secret.key").write_text("x", encoding="ascii")
    done = run()
    assert (done.exit_code, "set ISOCENTRE_ZONE" in done.stderr) == (2, True)


def test_a_ledger_that_does_not_balance_is_told(planted: Path) -> None:
    LedgerRow.objects.update(disposition="nowhere")
    assert dict(supporting.support())["ledger"] == {"received": 1, "states": {"nowhere": 1}, "balances": False}
