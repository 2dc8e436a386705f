"""`isocentre token create` and `isocentre gateway invite | join`: what is printed, and how each refuses."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from isocentre.cli import gateway, token
from isocentre.cli import zone as zones
from isocentre.core import gateway_token
from isocentre.people import gateways, joining
from isocentre.people.models import Gateway, RoleAssignment, Token, User

pytestmark = pytest.mark.django_db
RUN = CliRunner()
CREATE = ["create", "--zone", "platform", "--user", "sana", "--scope", "study:onco-ct"]


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Django is loaded already, with the rooms of both sides."""
    monkeypatch.setattr(zones, "use", lambda zone: None)
    user = User.objects.create(username="sana", name="Sana")
    RoleAssignment.objects.create(user=user, role="study_team", research_study="onco-ct")


def test_a_token_is_printed_alone() -> None:
    done = RUN.invoke(token.app, [*CREATE, "--expires", "12h", "--label", "night"])
    assert done.exit_code == 0, done.output
    made = Token.objects.get()
    assert done.stdout.startswith("iso_")
    assert len(done.stdout.split()) == 1
    assert (made.label, made.scope) == ("night", ["study:onco-ct"])
    assert made.expires_at - made.created_at < timedelta(hours=12, seconds=5)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([*CREATE, "--expires", "soon"], "7d"),
        ([*CREATE[:4], "nobody", *CREATE[5:]], "People"),
        ([*CREATE[:-1], "study:neuro-mr"], "--scope"),
        ([*CREATE[:-1], "what"], "--scope: Write study:SLUG"),
        ([*CREATE, "--scope", "selection:one"], "--scope"),
        ([*CREATE, "--expires", "999w"], "--expires"),
        ([*CREATE, "--label", "for 9990000018"], "--label"),
        (CREATE[:5], "--scope"),
    ],
)
def test_what_cannot_be_made_is_a_usage_error(arguments: list[str], words: str) -> None:
    done = RUN.invoke(token.app, arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert words in done.stderr
    assert not Token.objects.exists()


def test_the_hospital_side_makes_a_token_for_what_it_names() -> None:
    nurse = User.objects.create(username="nurse", name="Nur Se")
    RoleAssignment.objects.create(user=nurse, role="radiographer")
    asked = ["create", "--zone", "gateway", "--user", "nurse", "--scope", "*", "--permission", "enrolment_edit"]
    done = RUN.invoke(token.app, asked)
    assert done.exit_code == 0, done.output
    assert Token.objects.get().permissions == ["enrolment_edit"]
    refused = RUN.invoke(token.app, [*asked[:-1], "people_manage"])
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "--permission" in refused.stderr
    assert Token.objects.count() == 1


def test_invite_prints_the_code_alone() -> None:
    done = RUN.invoke(gateway.app, ["invite", "--site", "RZN01", "--name", "northmoor"])
    assert done.exit_code == 0, done.output
    assert gateways.join(code=done.stdout.strip(), public_key="11" * 32).name == "northmoor"
    refused = RUN.invoke(gateway.app, ["invite", "--site", "rzn", "--name", "northmoor"])
    assert (refused.exit_code, refused.stdout, "--site" in refused.stderr) == (2, "", True)
    assert RUN.invoke(gateway.app, ["invite", "--site", "RZN01"]).exit_code == 2


def test_programs_are_told_more_than_the_secret() -> None:
    made = json.loads(RUN.invoke(token.app, [*CREATE, "--json"]).stdout)
    assert made.pop("token").startswith("iso_")
    assert made.pop("until") == Token.objects.get().expires_at.isoformat()
    assert made == {"user": "sana", "scope": ["study:onco-ct"], "label": "made on the command line"}
    told = json.loads(RUN.invoke(gateway.app, ["invite", "--site", "RZN01", "--name", "northmoor", "--json"]).stdout)
    assert gateways.join(code=told.pop("code"), public_key="11" * 32).name == "northmoor"
    assert told == {"name": "northmoor", "site": "RZN01"}


class Answer:
    """What the national side answers."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def read(self, *_: Any) -> bytes:
        body, self._body = self._body, b""
        return body

    def __enter__(self) -> Answer:
        return self

    def __exit__(self, *_: object) -> None:
        return None


def test_join_sends_the_public_half_and_remembers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOCENTRE_HOME", str(tmp_path))
    code = gateways.invite(by=gateways.SYSTEM, name="northmoor", site="RZN01")

    def national_side(request: Any, timeout: float) -> Answer:
        assert request.full_url == "https://national.example/api/v1/gateway/join"
        found = gateways.join(**json.loads(request.data))
        return Answer(json.dumps({"gateway": found.name, "site": found.site}).encode())

    monkeypatch.setattr(joining.urllib.request, "urlopen", national_side)
    done = RUN.invoke(gateway.app, ["join", "https://national.example/", code])
    assert done.exit_code == 0, done.output
    key = (tmp_path / "gateway" / "gateway.key").read_bytes()
    assert Gateway.objects.get().public_key == gateway_token.public_key(key).hex()
    assert joining.joined(tmp_path / "gateway") == joining.Joined("https://national.example", "northmoor")


def test_join_says_why_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOCENTRE_HOME", str(tmp_path))

    def away(request: Any, timeout: float) -> Answer:
        raise ConnectionRefusedError

    monkeypatch.setattr(joining.urllib.request, "urlopen", away)
    done = RUN.invoke(gateway.app, ["join", "https://national.example", "code"])
    assert (done.exit_code, "Could not join" in done.stderr) == (1, True)
    for address in ("ftp://national.example", "national.example", "https://"):
        done = RUN.invoke(gateway.app, ["join", address, "code"])
        assert (done.exit_code, "starts with https://" in done.stderr) == (2, True)
    assert joining.joined(tmp_path / "gateway") is None


def test_a_process_of_one_zone_runs_no_command_of_the_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    monkeypatch.setenv("ISOCENTRE_ZONE", "gateway")
    for wrong in ("platform", "nowhere"):
        with pytest.raises(typer.BadParameter):
            zones.use(wrong)


def test_join_says_once_that_it_could_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ISOCENTRE_HOME", str(tmp_path))

    def refuses(*_: Any, **__: Any) -> None:
        raise joining.CannotJoin("Could not join: the code is unknown.")

    monkeypatch.setattr(joining, "join", refuses)
    done = RUN.invoke(gateway.app, ["join", "https://national.example", "code"])
    assert (done.exit_code, done.stderr.strip()) == (1, "Could not join: the code is unknown.")
