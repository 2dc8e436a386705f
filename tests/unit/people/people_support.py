"""Actors and words the tests of `people` share."""

from __future__ import annotations

from isocentre.core.actor import Actor, Scope

PASSWORD = "a long enough passphrase"
ADMIN = Actor(
    "person",
    "ada",
    "national_administrator",
    Scope.everything(),
    frozenset({"people_manage", "tokens_manage", "gateway_manage", "status_view"}),
)
