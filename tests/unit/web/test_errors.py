"""Errors speak to people in words and to programs in problem+json."""

from __future__ import annotations

import json
import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponseNotAllowed
from django.test import RequestFactory
from structlog.testing import capture_logs

from isocentre.core.actor import Actor
from isocentre.people.models import User
from isocentre.web import errors
from isocentre.web.problem import problem, wants_json


def ask(path="/x", **headers):
    request = RequestFactory().get(path, headers=headers)
    request.user, request.actor = AnonymousUser(), None
    return request


@pytest.fixture
def rf_actor(db):
    """A request of somebody signed in."""
    request = ask(accept="text/html")
    request.user = User.objects.create(username="sam", name="Sam")
    request.actor = Actor("person", "sam", "study_team")
    return request


@pytest.mark.parametrize(
    ("handler", "status"), [(errors.bad_request, 400), (errors.forbidden, 403), (errors.not_found, 404)]
)
def test_a_person_reads_what_happened_and_what_to_do(handler, status):
    response = handler(ask(accept="text/html"), Exception("secret 999 000 0000"))
    body = response.content.decode()
    assert response.status_code == status
    assert errors.WORDS[status][0] in body
    assert "What to do now:" in body
    assert "secret" not in body


def test_a_program_gets_problem_json():
    response = errors.not_found(ask("/dicomweb/studies/1"), Exception())
    assert response["Content-Type"] == "application/problem+json"
    body = json.loads(response.content)
    assert body["status"] == 404
    assert body["next_action"]


def test_a_failure_is_told_in_words_even_without_the_frame(monkeypatch):
    assert errors.failed(ask()).status_code == 500

    def broken(*_args, **_kwargs):
        raise RuntimeError("database away")

    monkeypatch.setattr(errors, "render", broken)
    response = errors.failed(ask())
    assert response.status_code == 500
    assert errors.WORDS[500][2] in response.content.decode()
    assert errors.failed(ask("/api/v1/x"))["Content-Type"] == "application/problem+json"


def test_an_old_form_is_explained():
    assert "load the page again" in errors.csrf_failed(ask()).content.decode()
    assert errors.csrf_failed(ask("/api/v1/x")).status_code == 403


@pytest.mark.parametrize(
    ("path", "accept", "program"),
    [
        ("/held/", "text/html,application/xhtml+xml,*/*;q=0.8", False),
        ("/held/", "application/json", True),
        ("/held/", "*/*", False),
        ("/api/v1/x", "text/html", True),
    ],
)
def test_who_is_a_program(path, accept, program):
    assert wants_json(ask(path, accept=accept)) is program


def test_extra_facts_travel():
    body = json.loads(problem(503, "Still starting.", phase="canary").content)
    assert body == {
        "type": "about:blank",
        "title": "Not ready",
        "status": 503,
        "detail": "Still starting.",
        "phase": "canary",
    }


def test_an_address_that_takes_only_a_form_says_so_instead_of_an_empty_page():
    def middleware(answer):
        return errors.WordsForNotAllowed(lambda request: answer)

    told = middleware(HttpResponseNotAllowed(["POST"]))(ask(accept="text/html"))
    assert (told.status_code, told["Allow"]) == (405, "POST")
    assert "What to do now:" in told.content.decode()
    program = middleware(HttpResponseNotAllowed(["POST"]))(ask("/api/v1/x"))
    assert json.loads(program.content)["next_action"]
    said = HttpResponseNotAllowed(["POST"], content=b"Said already")
    assert middleware(said)(ask(accept="text/html")).content == b"Said already"


def test_a_refusal_of_somebody_signed_in_has_a_number_that_the_log_has(rf_actor):
    with capture_logs() as lines:
        page = errors.forbidden(rf_actor, errors.Refused("Only the study team may.")).content.decode()
        again = errors.not_found(rf_actor, Exception("secret 999 000 0000")).content.decode()
    [line] = lines
    assert re.fullmatch(r"[0-9]{4}-[0-9]{4}", line["reference"])
    assert line["reference"] in page
    assert line["reference"] in again, "one request has one number"
    assert (line["event"], line["status"], line["role"]) == ("page refused", 403, "study_team")
    assert "Only the study team may. Nothing was changed." in page
    assert "secret" not in str(lines) + again


def test_what_a_stranger_tried_has_none_and_is_not_logged():
    with capture_logs() as lines:
        assert "Reference" not in errors.not_found(ask(), Exception()).content.decode()
    assert lines == []


@pytest.mark.parametrize("accept", ["text/html", "application/json"])
def test_a_failed_page_says_words_and_a_number_for_the_administrator(accept, db, client, monkeypatch):
    def broken(*_args):
        raise RuntimeError("secret 999 000 0000")

    monkeypatch.setattr("isocentre.desk.pages.cards.groups", broken)
    client.raise_request_exception = False
    with capture_logs() as lines:
        answer = client.get("/", headers={"Accept": accept})
    body = answer.content.decode()
    [line] = [one for one in lines if one["event"] == "page failed"]
    assert answer.status_code == 500
    assert line["reference"] in body
    assert (line["page"], line["kind"], line["status"]) == ("home", "RuntimeError", 500)
    assert not [bad for bad in ("Traceback", "RuntimeError", "secret", "pages.py") if bad in body]
    assert "secret" not in str(lines)
