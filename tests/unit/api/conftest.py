"""One side under its own addresses, and programs that ask it with tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import clear_url_caches
from support import hospital as made_up
from support.national_world import national_world
from support.world import World

from isocentre.audit import door as audit
from isocentre.core.actor import SYSTEM
from isocentre.people import tokens
from isocentre.people.models import RoleAssignment, Token, User
from isocentre.rooms.deid import door as deid


@dataclass
class Program:
    """Something that asks with a token."""

    token: Token
    secret: str

    def get(self, path: str, **query: Any) -> Any:
        return Client(raise_request_exception=False).get(
            path if path.startswith("/") else f"/api/v1/{path}", query, headers=self.headers
        )

    def post(self, path: str, sent: Any) -> Any:
        return Client(raise_request_exception=False).post(
            f"/api/v1/{path}", sent, content_type="application/json", headers=self.headers
        )

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.secret}"}

    def all(self, path: str, **query: Any) -> list[dict[str, Any]]:
        """Every row of a list, page by page."""
        answer = self.get(path, **query)
        found = []
        while True:
            assert answer.status_code == 200, answer.content
            found += answer.json()["items"]
            if answer.json()["next"] is None:
                return found
            answer = self.get(answer.json()["next"])


@pytest.fixture(autouse=True)
def _looked_at_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A look is written once a minute; another test's person may have had the same number."""
    monkeypatch.setattr(audit, "_looks", set())


@pytest.fixture
def program(db: None) -> Callable[..., Program]:
    """Makes one: program("study_team", "register_view", over=("demo-mr", "*"))."""

    def make(role: str, *permissions: str, over: tuple[str, str] = ("*", "*"), scope: str = "*") -> Program:
        user = User.objects.create(username=f"sam-{User.objects.count()}", name="Sam Lee")
        RoleAssignment.objects.create(user=user, role=role, research_study=over[0], site=over[1])
        token, secret = tokens.create(
            by=SYSTEM, user=user, label="a test", scope=[scope], lasts=timedelta(days=1), permissions=permissions
        )
        return Program(token, secret)

    return make


@pytest.fixture
def national(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """The national side: two research studies, of one of which scans and subjects are there."""
    settings.ROOT_URLCONF = "isocentre.config.urls_platform"
    settings.ZONES = ("platform",)
    clear_url_caches()
    with national_world(settings, monkeypatch) as world:
        yield world
    clear_url_caches()


@pytest.fixture
def hospital(db: None, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The hospital side: two research studies accepted, `lungs` and `own`; nothing has arrived."""
    settings.ZONE, settings.ROOT_URLCONF, settings.ZONES = "gateway", "isocentre.config.urls_gateway", ("gateway",)
    monkeypatch.setattr(deid, "ports", deid.Ports())
    clear_url_caches()
    made_up.hospital()
    yield
    clear_url_caches()
