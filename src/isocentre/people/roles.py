"""Roles as data: read once from `roles.yaml`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml


@dataclass(frozen=True, slots=True)
class Role:
    """A role: its key, words, zone, home page and permissions."""

    key: str
    title: str
    zone: str
    home: str
    permissions: frozenset[str]
    mfa: bool


@cache
def roles() -> dict[str, Role]:
    """Every role by key."""
    raw = yaml.safe_load((Path(__file__).parent / "roles.yaml").read_text(encoding="utf-8"))
    return {
        key: Role(key, r["title"], r["zone"], r.get("home", "/"), frozenset(r["permissions"]), bool(r.get("mfa")))
        for key, r in raw.items()
    }
