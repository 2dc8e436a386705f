"""allauth's hooks: accounts are made by an administrator, never by signing up."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no type information
    """No self-registration."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Always False: people are invited."""
        return False
