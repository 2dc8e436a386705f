"""Who passes the gate of the API, and what it refuses: in problem+json that says what to do, and repeats nothing."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from isocentre.people.models import RoleAssignment, Token, User

pytestmark = pytest.mark.usefixtures("national")
NEEDLE = "needle9990000018"


def problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["status"] == status
    assert body["detail"].endswith(".")
    assert NEEDLE not in answer.content.decode()
    return body


def test_nobody_is_told_where_tokens_are_made() -> None:
    answer = Client().get("/api/v1/scans")
    assert "Tokens" in problem(answer, 401)["next_action"]
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("change", [{"revoked_at": timezone.now()}, {"expires_at": timezone.now()}])
def test_a_token_that_ended_opens_nothing(program: Any, change: dict[str, Any]) -> None:
    one = program("study_team", "scans_view")
    assert one.get("scans").status_code == 200
    Token.objects.filter(pk=one.token.pk).update(**change)
    assert "expired, was revoked" in problem(one.get("scans"), 401)["detail"]


def test_a_token_does_what_it_was_made_for_and_no_more_than_its_person(program: Any) -> None:
    one = program("study_team", "scans_view")
    assert "register_view" in problem(one.get("research-studies"), 403)["detail"]
    RoleAssignment.objects.all().delete()
    assert "scans_view" in problem(one.get("scans"), 403)["detail"]


def test_a_token_for_reading_writes_nothing(program: Any) -> None:
    one = program("study_team", "scans_view")
    assert "selections_make" in problem(one.post("selections", {"title": "x"}), 403)["detail"]
    assert "selections_make" in problem(one.post("selections/readers", {"act": "end"}), 403)["detail"]


def test_a_signed_in_browser_only_reads() -> None:
    user = User.objects.create(username="eve", name="Eve")
    RoleAssignment.objects.create(user=user, role="study_team")
    client = Client()
    client.force_login(user)
    assert client.get("/api/v1/scans").status_code == 200
    answer = client.post("/api/v1/selections", {}, content_type="application/json")
    assert "only reads" in problem(answer, 401)["detail"]
    bad = client.get("/api/v1/scans", headers={"Authorization": "Bearer iso_nothing"})
    problem(bad, 401)  # a bad token never falls back to the session


def test_what_an_address_does_not_know_is_refused_not_passed_over(program: Any) -> None:
    one = program("study_team", "scans_view", "register_view")
    body = problem(one.get("scans", **{NEEDLE: "x"}), 400)
    assert "research_study" in body["next_action"]
    problem(one.get("/api/v1/scans?site=RZN01&site=RYY01"), 400)
    problem(one.get("scans", subject="\0"), 400)
    problem(one.get("scans", subject=NEEDLE * 20), 400)
    problem(one.get("scans", limit=0), 400)
    problem(one.get("scans", limit="many"), 400)
    assert problem(one.get("scans", limit=501), 400)["errors"] == {"limit": "Input should be less than or equal to 500"}
    problem(one.get("research-studies", status=NEEDLE), 400)
    problem(one.get("scans", after=NEEDLE), 400)
    problem(one.get(f"scans/{NEEDLE}"), 404)
    problem(one.get("scans/%00"), 404)
    problem(one.get(f"research-studies/{NEEDLE}"), 404)
    problem(one.get("nothing-here"), 404)


def test_a_body_that_cannot_be_read(program: Any) -> None:
    one = program("study_team", "selections_make")
    address, sent = "/api/v1/selections", Client(headers=one.headers)
    for body in ("{", '{"title": NaN}', "[" * 100_000, '"text"', "[]", f'{{"{NEEDLE}": 1}}'):
        problem(sent.post(address, body, content_type="application/json"), 400)
    problem(sent.post(address, {"title": "x"}), 415)
    problem(sent.post(address, " " * (2 * 1024 * 1024 + 1), content_type="application/json"), 413)
    problem(sent.generic("POST", address, "{}", content_type="application/json", CONTENT_LENGTH="none"), 411)
    unfit = problem(one.post("selections", {"title": 5, "purpose": "x", "last_day": NEEDLE}), 400)
    assert set(unfit["errors"]) == {"title", "last_day"}


def test_another_method_is_told_which_there_are(program: Any) -> None:
    one = program("study_team", "scans_view")
    answer = Client(headers=one.headers).delete("/api/v1/scans")
    problem(answer, 405)
    assert answer.headers["Allow"] == "GET"
    assert Client(headers=one.headers).head("/api/v1/scans").status_code == 200
    assert one.get("scans").headers["Cache-Control"] == "private, no-store"


def test_a_fault_of_ours_is_told_without_a_word_of_it(program: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from isocentre.rooms.archive import door

    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError(NEEDLE)

    monkeypatch.setattr(door.listed, "scan", fails)
    one = program("study_team", "scans_view")
    assert problem(one.get("scans/2.25.10"), 500)["reference"]
