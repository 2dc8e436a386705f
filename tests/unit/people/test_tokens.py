"""Tokens: shown once, never more than their person's one role, ended at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import RequestFactory
from django.utils import timezone

from isocentre.audit.models import AuditRow
from isocentre.core.actor import Actor, Scope
from isocentre.core.checks import Unfit
from isocentre.people import acting, bearer, tokens
from isocentre.people.models import RoleAssignment, Token, User

WEEK = timedelta(days=7)
Make = Callable[..., User]


def ask(secret: str) -> Actor | None:
    return bearer.actor_from_authorization(RequestFactory().get("/", headers={"Authorization": f"Bearer {secret}"}))


def made(user: User, *scope: str, **more: Any) -> tuple[Token, str]:
    by = acting.actor_for(user)
    return tokens.create(by=by, user=user, label="for a test", scope=scope or ["*"], lasts=WEEK, **more)


def test_a_token_is_its_person_in_one_role_over_what_both_cover(person: Make) -> None:
    user = person("tim", ("study_team", "trial-a", "*"), ("study_team", "trial-b", "RZN01"))
    token, secret = made(user, "site:RZN01")
    actor = ask(secret)
    assert actor is not None
    assert (actor.kind, actor.name, actor.role) == ("token", f"tim#{token.pk}", "study_team")
    assert actor.scope.texts() == ["study:trial-a@RZN01", "study:trial-b@RZN01"]
    assert actor.permissions == {"images_view", "scans_view"}
    assert secret not in str(Token.objects.values())
    row = AuditRow.objects.get(action="token_made")
    assert (row.actor, row.object_id, row.detail["person"]) == ("tim", str(token.pk), "tim")


def test_roles_are_never_added_up(person: Make) -> None:
    """An auditor of everything who is study team of one trial gets no images of the others."""
    user = person("mia", "national_auditor", ("study_team", "trial-a", "*"))
    _, secret = tokens.create(by=acting.actor_for(user), user=user, label="x", scope=["*"], lasts=WEEK)
    actor = ask(secret)
    assert actor is not None
    assert actor.scope == Scope(frozenset({("trial-a", "*")}))
    assert "audit_view" not in actor.permissions


def test_it_shrinks_with_its_person_and_ends_with_them(person: Make) -> None:
    user = person("tim", ("study_team", "trial-a", "*"))
    _, secret = made(user)
    actor = ask(secret)
    assert actor is not None
    assert bearer.still_valid(actor)
    RoleAssignment.objects.update(ends=timezone.localdate() - timedelta(days=1))
    assert not bearer.still_valid(actor)
    shrunk = ask(secret)
    assert shrunk is not None
    assert shrunk.scope.empty
    assert not shrunk.permissions
    User.objects.update(is_active=False)
    assert ask(secret) is None


@pytest.mark.parametrize("change", [{"revoked_at": timezone.now()}, {"expires_at": timezone.now()}])
def test_an_ended_token_opens_nothing_not_even_the_session(person: Make, change: dict[str, Any]) -> None:
    user = person("tim", "study_team")
    _, secret = made(user)
    actor = ask(secret)
    assert actor is not None
    Token.objects.update(**change)
    request = RequestFactory().get("/", headers={"Authorization": f"Bearer {secret}"})
    request.actor = acting.actor_for(user)  # type: ignore[attr-defined]  # as the middleware does
    assert bearer.actor_from_authorization(request) is None
    assert not bearer.still_valid(actor)


def test_without_a_header_the_session_counts(person: Make) -> None:
    request = RequestFactory().get("/")
    assert bearer.actor_from_authorization(request) is None
    request.actor = acting.actor_for(person("tim", "study_team"))  # type: ignore[attr-defined]  # as the middleware does
    assert bearer.actor_from_authorization(request) == request.actor  # type: ignore[attr-defined]  # set above
    for header in ("Basic dGltOng=", "Bearer", "Bearer iso_nothing"):
        other = RequestFactory().get("/", headers={"Authorization": header})
        other.actor = request.actor  # type: ignore[attr-defined]  # as above
        assert bearer.actor_from_authorization(other) is None


def test_last_use_is_noted_once_a_minute(person: Make, django_assert_num_queries: Any) -> None:
    _, secret = made(person("tim", "study_team"))
    ask(secret)
    first = Token.objects.get().last_used_at
    assert first is not None
    with django_assert_num_queries(2):
        ask(secret)
    assert Token.objects.get().last_used_at == first


@pytest.mark.parametrize(
    ("scope", "lasts", "field"),
    [
        (["study"], WEEK, "scope"),
        ([], WEEK, "scope"),
        (["study:other"], WEEK, "scope"),
        (["selection:s1"], WEEK, "scope"),
        (["*"], timedelta(0), "expires"),
        (["*"], timedelta(days=367), "expires"),
    ],
)
def test_what_cannot_be_a_token(person: Make, scope: list[str], lasts: timedelta, field: str) -> None:
    user = person("tim", ("study_team", "trial-a", "*"))
    with pytest.raises(Unfit) as refused:
        tokens.create(by=acting.actor_for(user), user=user, label="x", scope=scope, lasts=lasts)
    assert field in refused.value.errors
    assert not Token.objects.exists()


def test_only_an_administrator_makes_and_ends_tokens_of_others(person: Make) -> None:
    tim, eve, ada = person("tim", "study_team"), person("eve", "study_team"), person("ada", "national_administrator")
    token, secret = made(tim)
    with pytest.raises(Unfit):
        tokens.create(by=acting.actor_for(eve), user=tim, label="x", scope=["*"], lasts=WEEK)
    with pytest.raises(KeyError):
        tokens.revoke(by=acting.actor_for(eve), token_id=token.pk)
    tokens.create(by=acting.actor_for(ada), user=tim, label="x", scope=["selection:s1"], lasts=WEEK)
    tokens.revoke(by=acting.actor_for(ada), token_id=token.pk)
    tokens.revoke(by=acting.actor_for(ada), token_id=token.pk)
    assert ask(secret) is None
    assert AuditRow.objects.filter(action="token_revoked").count() == 1


def test_a_person_holds_while_their_role_does(person: Make) -> None:
    user = person("tim", "study_team")
    actor = acting.actor_for(user)
    assert bearer.still_valid(actor)
    user.roles.all().delete()
    assert not bearer.still_valid(actor)
    assert bearer.still_valid(Actor("system", "isocentre"))
