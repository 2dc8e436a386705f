"""Role × address × scope: what is another's is answered at every scoped address as what is not there at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import transaction
from django.test import Client
from support import access_matrix
from support.access_matrix import ZONES, Address
from support.access_scope import BOTH, OWN, PART, STUDY, dimensions
from support.hospital_world import hospital_world
from support.national_world import national_world
from support.world import NO_NUMBER, World, nothing

from isocentre.people.models import RoleAssignment, User
from isocentre.people.roles import roles

SAID = frozenset({
    "/intake/enrolment/undo/<int:pk>", "/deid/reports/again", "/intake/enrolment/accessions/remove",
    "/deid/held/undo/<int:pk>", "/deid/held/<slug:cause>/<slug:act>", "/dicomweb/studies/<str:study_uid>/series",
    "/dicomweb/studies/<str:study_uid>/instances",
    "/dicomweb/studies/<str:study_uid>/series/<str:series_uid>/instances",
})  # fmt: skip
"""Where words, or a search that found nothing, answer instead of 404: alike for what is another's and what is not."""
SEARCH = "/search/"
PROGRAMS = ("/dicomweb", "/api/")
"""What begins so answers in one form."""
DIFFERS = re.compile(rb'(nonce|name="csrfmiddlewaretoken" value)="[^"]*"|app-mono">\d{4}-\d{4}<')
"""What differs at every request."""


@pytest.fixture(params=ZONES)
def side(
    request: pytest.FixtureRequest, db: None, settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[str, World]]:
    """One side, by its own addresses, and its world."""
    settings.ROOT_URLCONF = f"isocentre.config.urls_{request.param}"
    hospital = request.param == "gateway"
    made = hospital_world(tmp_path, settings, monkeypatch) if hospital else national_world(settings, monkeypatch)
    with made as world:
        yield request.param, world


def scoped(zone: str, *, objects: bool, world: World) -> list[Address]:
    """Addresses that are scoped, and name an object, themselves or in what is sent; or do not."""
    found = [a for a in access_matrix.addresses() if a.zone == zone and dimensions(a.pattern)]
    naming = {a for a in found if set(world.values(a.pattern)) & world.objects}
    naming |= {a for a in found if a.pattern in world.asked and a.pattern != SEARCH}
    return [a for a in found if objects == (a in naming)]


class Cast:
    """People by role and scope, each made once."""

    def __init__(self, world: World) -> None:
        self.world, self.made = world, {}

    def outside(self, role: str, by: tuple[str, ...]) -> Client | None:
        """Somebody of the role to whom nothing of the world is there, though much else is; None where nobody is."""
        study, site = self.world.elsewhere
        if by == OWN:
            return None if "tokens_manage" in roles()[role].permissions else self.over(role, ("*", "*"))
        elsewhere = {BOTH: (("*", site), (self.world.studies[0], site)), PART: (("*", site),)}
        return self.over(role, (study, "*"), *elsewhere.get(by, ()))

    def over(self, role: str, *pairs: tuple[str, str]) -> Client:
        """Somebody in this role alone, over these pairs of research study and site."""
        if (role, *pairs) not in self.made:
            user = User.objects.create(username=f"person-{len(self.made)}", name="Sam Lee")
            for research_study, site in pairs:
                RoleAssignment.objects.create(user=user, role=role, research_study=research_study, site=site)
            client = self.made[role, *pairs] = Client(raise_request_exception=False)
            client.force_login(user)
        return self.made[role, *pairs]


@contextmanager
def undone() -> Iterator[None]:
    """What is asked in here leaves nothing behind."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def ask(client: Client, method: str, address: str, sent: dict[str, Any]) -> tuple[int, bytes]:
    """Status and body, without what differs at every request and the words of the asking itself."""
    with undone():
        answer: Any = getattr(client, method)(address, sent, follow=method == "post")
        body = b"".join(answer.streaming_content) if answer.streaming else answer.content
        return answer.status_code, DIFFERS.sub(b"", body)


def forms(pattern: str) -> tuple[str, ...]:
    """The forms in which a list is to be had: as a page, and as the file of what it shows."""
    return ("",) if pattern.startswith(PROGRAMS) else ("", "csv")


def forget(body: bytes, *values: Any) -> bytes:
    """A body without the values that were asked for: an answer may repeat those."""
    for value in sorted(map(str, values), key=len, reverse=True):
        body = body.replace(f'"{value}"'.encode(), b'""')
    return body


def test_what_is_anothers_is_answered_as_what_is_not_there(side: tuple[str, World]) -> None:
    zone, world = side
    cast, wrong = Cast(world), []
    for address in scoped(zone, objects=True, world=world):
        pattern, sent = address.pattern, world.asked.get(address.pattern, {})
        said = [*world.values(pattern).values(), *sent.values(), "nothing", NO_NUMBER]
        for role in address.roles():
            client = cast.outside(role, dimensions(pattern))
            for method in ("get", "post") if client else ():
                status, body = ask(client, method, world.address(pattern), sent)
                for gone in world.absent(pattern):
                    absent, without = ask(client, method, gone, {n: nothing(n, v) for n, v in sent.items()})
                    if (status, forget(body, *said)) != (absent, forget(without, *said)):
                        wrong.append(f"{method} {pattern} as {role}: {status}, and {absent} where it is not")
                    if absent not in (401, 404, 405) and pattern not in SAID:
                        wrong.append(f"{method} {pattern} as {role}: {absent} where it is not")
    assert not wrong, "\n".join(wrong)


def test_a_research_study_shows_nothing_of_another_site(side: tuple[str, World]) -> None:
    """Where its own people see that it is, at whatever site they are."""
    zone, world = side
    cast, wrong, site = Cast(world), [], world.elsewhere[1]
    for address in access_matrix.addresses():
        if address.zone == zone and dimensions(address.pattern) in (PART, STUDY):
            for role in address.roles():
                client = cast.over(role, (world.studies[0], site))
                for form in forms(address.pattern):
                    sent = {"format": form} if form else {}
                    status, body = ask(client, "get", world.address(address.pattern), sent)
                    told = [word for word in world.words if word.encode() in body]
                    if status not in (200, 403, 404, 405) or told:
                        wrong.append(f"{address.pattern} {form} as {role}: {status}, tells {told}")
    assert not wrong, "\n".join(wrong)


def test_the_same_is_there_for_whom_it_is(side: tuple[str, World]) -> None:
    """Else to be told of nothing would prove nothing."""
    zone, world = side
    cast, wrong = Cast(world), []
    for address in scoped(zone, objects=True, world=world):
        pattern, sent = address.pattern, world.asked.get(address.pattern, {})
        if dimensions(pattern) == OWN:
            continue
        there = []
        for role in address.roles():
            client = cast.over(role, ("*", "*"))
            if any(ask(client, method, world.address(pattern), sent)[0] in (200, 400) for method in ("get", "post")):
                there.append(role)
        # Where anybody signed in may ask, not every role is told.
        if not there or (address.needs and there != address.roles()):
            wrong.append(f"{pattern} is there for {there} alone")
    assert not wrong, "\n".join(wrong)


def test_a_list_shows_what_is_ones_own_and_nothing_of_anothers(side: tuple[str, World]) -> None:
    zone, world = side
    cast, wrong, telling = Cast(world), [], set()
    study, site = world.elsewhere
    for address in scoped(zone, objects=False, world=world):
        pattern, sent, by = address.pattern, world.asked.get(address.pattern, {}), dimensions(address.pattern)
        method = "post" if (zone, pattern) == ("gateway", SEARCH) else "get"
        over = {(study, "*"): (*world.words, *world.studies)}
        over |= {("*", site): world.words, (world.studies[0], site): world.words} if by == BOTH else {}
        alone = {("*", "*"): world.words}
        for role in address.roles():
            for form in forms(pattern):
                query = {**sent, **({"format": form} if form else {})}
                manages = "tokens_manage" in roles()[role].permissions
                for pair, words in (over if by != OWN else {} if manages else alone).items():
                    status, body = ask(cast.over(role, pair), method, world.address(pattern), query)
                    told = [word for word in words if word.encode() in body]
                    if status != 200 or told:
                        wrong.append(f"{pattern} {form} as {role} over {pair}: {status}, tells {told}")
                body = ask(cast.over(role, ("*", "*")), method, world.address(pattern), query)[1]
                if any(word.encode() in body for word in (*world.words, *world.studies)):
                    telling.add(pattern)
    assert not wrong, "\n".join(wrong)
    silent = {a.pattern for a in scoped(zone, objects=False, world=world)} - telling
    assert silent == set(), "they tell nobody anything, so that they tell no stranger proves nothing"
