"""The two messages over HTTP: who may, how large, what is said when not."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from register_book import GATEWAY, GOLDEN, TEAM, over

from isocentre.core import gateway_token
from isocentre.core.actor import Actor
from isocentre.core.records import parse_study_config
from isocentre.people.models import Gateway
from isocentre.rooms.register import gateway_views, models

pytestmark = [pytest.mark.usefixtures("book"), pytest.mark.urls("register_api_root")]
POST = "/api/v1/receipts"


@pytest.fixture
def client() -> Client:
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def acting(monkeypatch: pytest.MonkeyPatch) -> Any:
    def act_as(actor: Actor | None) -> None:
        monkeypatch.setattr(gateway_views, "actor_from_authorization", lambda request: actor)

    act_as(GATEWAY)
    return act_as


def post(client: Client, body: object, **headers: str) -> Any:
    raw = body if isinstance(body, str) else json.dumps(body)
    return client.post(POST, raw, content_type=headers.pop("content_type", "application/json"), headers=headers)


def golden() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return loaded


def test_a_gateway_fetches_its_study_config(client: Client, acting: Any) -> None:
    answer = client.get("/api/v1/study-config")
    assert answer.status_code == 200
    assert [s.slug for s in parse_study_config(answer.json()).research_studies] == ["demo-mr"]
    assert answer.headers["Cache-Control"] == "no-store"


def test_receipts_are_taken_and_may_be_sent_again(client: Client, acting: Any) -> None:
    first = {"schema": 1, "sent": 1, "repeated": 0, "conflicts": [], "times": 1, "subjects": 1}
    assert post(client, golden()).json() == first
    assert post(client, golden()).json() == {**first, "sent": 0, "repeated": 1, "times": 0, "subjects": 0}


def test_nobody_gets_401_as_a_problem(client: Client, acting: Any) -> None:
    acting(None)
    for answer in (client.get("/api/v1/study-config"), post(client, golden())):
        assert answer.status_code == 401
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_person_is_refused(client: Client, acting: Any) -> None:
    acting(over(TEAM, ("*", "RZN01")))
    assert client.get("/api/v1/study-config").status_code == 403
    assert post(client, golden()).status_code == 403


def test_a_gateway_of_several_sites_is_proposed_them_all(client: Client, acting: Any) -> None:
    acting(over(GATEWAY, ("*", "RZN01"), ("*", "RYY01")))
    answer = client.get("/api/v1/study-config").json()
    assert {"RZN01"} <= {site["ods"] for site in answer["sites"]}


@pytest.mark.parametrize("body", [" ", "{", "[" * 100_000, '{"schema": NaN}', "\x00", "4"])
def test_bodies_that_are_no_message_are_refused(client: Client, acting: Any, body: str) -> None:
    assert post(client, body).status_code == 400
    assert models.ReceiptRow.objects.count() == 0


def test_a_bad_message_is_refused_by_place_without_its_value(client: Client, acting: Any) -> None:
    data = golden()
    data["sent"][0]["pseudonym"] = "9990000018"
    answer = post(client, data)
    assert answer.status_code == 400
    assert "receipts.sent[0].pseudonym" in answer.json()["detail"]
    assert answer.json()["place"] == "sent[0].pseudonym"
    assert "9990000018" not in answer.content.decode()


def test_a_message_out_of_scope_is_refused_whole(client: Client, acting: Any) -> None:
    data = golden()
    data["sent"][0]["site"] = "RYY01"
    answer = post(client, data)
    assert (answer.status_code, answer.json()["place"]) == (403, "sent[0]")
    assert (models.ReceiptRow.objects.count(), models.Subject.objects.count()) == (0, 0)


def test_a_place_deep_in_a_message_is_named_and_a_whole_one_has_none(client: Client, acting: Any) -> None:
    data = golden()
    data["subjects"][0]["consent"] = ["imaging", "Doe, Jane"]
    assert post(client, data).json()["place"] == "subjects[0].consent[1]"
    data = golden()
    data["sent"][0]["actions"] = {"9990000018": 1}
    assert post(client, data).json()["place"] == "sent[0].actions"
    assert "place" not in post(client, {**golden(), "schema": 9}).json()


def test_size_kind_and_method_are_checked_first(client: Client, acting: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateway_views, "MAX_BYTES", 100)
    assert post(client, golden()).status_code == 413
    assert post(client, golden(), content_type="text/plain").status_code == 415
    assert client.get(POST).status_code == 405
    assert client.post("/api/v1/study-config").status_code == 405


def test_a_message_without_its_length_is_refused(client: Client, acting: Any) -> None:
    answer = client.generic("POST", POST, b"{}", content_type="application/json", CONTENT_LENGTH="")
    assert answer.status_code == 411


def test_a_signed_gateway_token_goes_the_whole_way_until_it_is_revoked(client: Client) -> None:
    key = bytes(range(32))
    row = Gateway.objects.create(name="northmoor", site="RZN01", public_key=gateway_token.public_key(key).hex())

    def headers(asked: str, body: bytes | None = None) -> dict[str, str]:
        return {"Authorization": f"Bearer {gateway_token.make(key, 'northmoor', time.time(), asked, body)}"}

    asked = "GET /api/v1/study-config"
    assert client.get("/api/v1/study-config", headers=headers(asked)).json()["gateway"] == "northmoor"
    whole = json.dumps(golden()).encode()
    for other in (None, b"{}"):
        assert post(client, golden(), **headers(f"POST {POST}", other)).status_code == 401, "of another body"
    mine = headers(f"POST {POST}", whole)
    assert post(client, golden(), **mine).json()["sent"] == 1
    assert post(client, golden(), **mine).status_code == 401, "brought twice"
    row.revoked_at = timezone.now()
    row.save()
    assert client.get("/api/v1/study-config", headers=headers(asked)).status_code == 401
