"""Gateways: invited by a code used once, known by their key, revoked at once."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.conf import LazySettings
from django.test import Client, RequestFactory, override_settings
from django.utils import timezone
from people_support import ADMIN

from isocentre.audit.models import AuditRow
from isocentre.core import gateway_token
from isocentre.core.actor import Actor
from isocentre.core.checks import Unfit
from isocentre.people import bearer, gateways, joining, once
from isocentre.people.models import Gateway

pytestmark = pytest.mark.django_db
KEY = Ed25519PrivateKey.generate().private_bytes_raw()
PUBLIC = gateway_token.public_key(KEY).hex()


def ask(token: str) -> Actor | None:
    return bearer.actor_from_authorization(RequestFactory().get("/", headers={"Authorization": f"Bearer {token}"}))


def token(name: str = "northmoor", key: bytes = KEY, ago: float = 0) -> str:
    return gateway_token.make(key, name, time.time() - ago, "GET /")


def post(code: Any, key: Any = PUBLIC) -> Any:
    return Client().post("/api/v1/gateway/join", {"code": code, "public_key": key}, content_type="application/json")


def test_invite_join_call_revoke() -> None:
    code = gateways.invite(by=ADMIN, name="northmoor", site="RZN01")
    assert gateways.state(Gateway.objects.get()) == "invited"
    assert ask(token()) is None
    joined = gateways.join(code=code, public_key=PUBLIC)
    assert (joined.name, gateways.state(joined)) == ("northmoor", "joined")
    actor = ask(token())
    assert actor is not None
    assert (actor.kind, actor.name, actor.scope.texts()) == ("gateway", "northmoor", ["site:RZN01"])
    assert actor.permissions == {"images_store", "receipts_post", "study_config_read"}
    assert Gateway.objects.get().last_seen_at is not None
    assert bearer.still_valid(actor)
    gateways.revoke(by=ADMIN, name="northmoor", reason="lost")
    gateways.revoke(by=ADMIN, name="northmoor")
    assert ask(token()) is None
    assert not bearer.still_valid(actor)
    done = list(AuditRow.objects.order_by("id").values_list("action", "actor"))
    assert done == [("gateway_invited", "ada"), ("gateway_joined", "northmoor"), ("gateway_revoked", "ada")]


def test_a_code_is_good_once_and_for_a_day() -> None:
    code = gateways.invite(by=ADMIN, name="northmoor", site="RZN01")
    assert code not in str(Gateway.objects.values())
    gateways.join(code=code, public_key=PUBLIC)
    old = gateways.invite(by=ADMIN, name="eastwick", site="RZE01")
    Gateway.objects.filter(name="eastwick").update(invite_expires_at=timezone.now() - timedelta(seconds=1))
    assert gateways.state(Gateway.objects.get(name="eastwick")) == "invite ended"
    for tried in (code, old, "", "nothing"):
        with pytest.raises(gateways.CannotJoin):
            gateways.join(code=tried, public_key=PUBLIC)
    replaced = gateways.invite(by=ADMIN, name="eastwick", site="RZE01")
    with pytest.raises(gateways.CannotJoin):
        gateways.join(code=replaced, public_key="00")
    assert gateways.join(code=replaced, public_key=PUBLIC).site == "RZE01"


def test_only_its_own_key_in_time_speaks_for_a_gateway() -> None:
    gateways.ensure_local("northmoor", "RZN01", bytes.fromhex(PUBLIC))
    other = Ed25519PrivateKey.generate().private_bytes_raw()
    assert ask(token()) is not None
    for bad in (
        token(key=other),
        token(ago=600),
        token(ago=-600),
        token("eastwick"),
        token() + "x",
        "gw.",
        "gw.e30.e30",
    ):
        assert ask(bad) is None, bad[:12]


def test_a_token_is_good_once_for_one_request_in_any_process(settings: LazySettings) -> None:
    gateways.ensure_local("northmoor", "RZN01", bytes.fromhex(PUBLIC))
    made = token()
    other = RequestFactory().post("/dicomweb/studies", headers={"Authorization": f"Bearer {made}"})
    assert bearer.actor_from_authorization(other) is None, "made for another request"
    assert ask(made) is not None
    assert ask(made) is None, "brought twice"
    ends = gateway_token.read(made).expires + gateway_token.SKEW
    code = "import sys; from pathlib import Path; from isocentre.people import once; "
    code += "print(once.first_use(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]), 0))"
    process = [sys.executable, "-c", code, str(settings.ZONE_HOME), made, repr(ends)]
    assert subprocess.check_output(process, text=True).strip() == "False"


def test_used_tokens_are_forgotten_when_they_have_ended(tmp_path: Path) -> None:
    assert once.first_use(tmp_path, "a", 600, 0)
    assert not once.first_use(tmp_path, "a", 600, 599)
    assert once.first_use(tmp_path, "b", 720, 659)
    assert not once.first_use(tmp_path, "a", 600, 659), "its minute has not ended"
    assert once.first_use(tmp_path, "c", 840, 661)
    assert sorted(minute.name for minute in (tmp_path / once.FOLDER).iterdir()) == ["12", "14"]


def test_of_many_who_bring_one_token_at_once_one_wins(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        won = list(pool.map(lambda _: once.first_use(tmp_path, "t", 600, 0), range(200)))
    assert won.count(True) == 1


def test_ensure_local_is_safe_to_repeat_and_revives_nothing() -> None:
    gateways.ensure_local("northmoor", "RZN01", bytes.fromhex(PUBLIC))
    gateways.ensure_local("northmoor", "RZN01", bytes.fromhex(PUBLIC))
    assert AuditRow.objects.count() == 1
    gateways.revoke(by=ADMIN, name="northmoor")
    assert gateways.state(gateways.ensure_local("northmoor", "RZN01", bytes.fromhex(PUBLIC))) == "revoked"


@pytest.mark.parametrize(("name", "site", "field"), [("North Moor", "RZN01", "name"), ("north", "rzn", "site")])
def test_names_that_cannot_be(name: str, site: str, field: str) -> None:
    with pytest.raises(Unfit) as refused:
        gateways.invite(by=ADMIN, name=name, site=site)
    assert field in refused.value.errors


def test_a_name_belongs_to_one_site_and_must_be_known_to_be_revoked() -> None:
    gateways.invite(by=ADMIN, name="northmoor", site="RZN01")
    with pytest.raises(Unfit):
        gateways.invite(by=ADMIN, name="northmoor", site="RZE01")
    with pytest.raises(KeyError):
        gateways.revoke(by=ADMIN, name="eastwick")


@override_settings(ROOT_URLCONF="people_api_root")
def test_join_over_http() -> None:
    code = gateways.invite(by=ADMIN, name="northmoor", site="RZN01")
    assert Client().get("/api/v1/gateway/join").status_code == 405
    assert post(code, "zz").status_code == 403
    assert post(7).status_code == 400
    assert Client().post("/api/v1/gateway/join", "no", content_type="application/json").status_code == 400
    assert Client().post("/api/v1/gateway/join", "x" * 5000, content_type="application/json").status_code == 413
    assert post(code).json() == {"gateway": "northmoor", "site": "RZN01"}
    again = post(code)
    assert (again.status_code, again["Content-Type"]) == (403, "application/problem+json")
    assert code not in again.content.decode()


def test_the_gateway_keeps_its_key_to_itself(tmp_path: Path) -> None:
    home = tmp_path / "gateway"
    key = joining.own_key(home)
    assert joining.own_key(home) == key
    assert (home / "gateway.key").stat().st_mode & 0o777 == 0o600
    assert joining.joined(home) is None
    joining.note(home, "https://national.example/", "northmoor")
    assert joining.joined(home) == joining.Joined("https://national.example", "northmoor")
    assert json.loads((home / "platform.json").read_text()) == {"url": "https://national.example", "name": "northmoor"}
    with pytest.raises(joining.CannotJoin):
        joining.join(home, "file:///etc/hosts", "code")
    (home / "gateway.key").write_bytes(b"short")
    with pytest.raises(joining.CannotJoin):
        joining.own_key(home)
