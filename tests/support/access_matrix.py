"""Every address: who may open it, by what it is scoped. Run it to write access.txt anew, then read the diff."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from support.access_scope import scope_of

FILE = Path(__file__).parents[1] / "unit/people/access.txt"
ZONES = ("gateway", "platform")
SIGNED_IN = "(signed in)"
OPEN = {
    "/": "the start page: what this is, and where to sign in; signed in, what each room says",
    "/help/": "help says nothing of any scan or person",
    "/help/keyboard": "as help",
    "/help/<slug:topic>": "as help",
    "/healthz": "machines ask it; it tells only that the process answers",
    "/readyz": "machines ask it; it tells the phase and counts",
    "/metrics": "machines ask it; counts only, and it listens where the operator lets it",
    "/accounts/login/": "signing in",
    "/accounts/logout/": "signing out; does nothing for nobody",
    "/accounts/inactive/": "tells a deactivated person so",
    "/accounts/password/forgotten/": "tells whom to ask; sends nothing",
    "/accounts/welcome/<str:uidb64>/<str:token>/": "the sign-in link is the credential, once",
    "/accounts/first/<str:code>/": "the single-use code is the credential, while there is no administrator",
    "/accounts/provider/": "goes to the trust's identity provider; 404 where none is set",
    "/accounts/provider/callback/": "comes back from it: its answer to this session is the credential",
    "/accounts/2fa/authenticate/": "the second step of signing in, after the password",
    "/app-config.js": "tells the viewer where DICOMweb is; the same for everybody",
    "/<path:name>": "files of the viewer on its allow-list: code only, the same for everybody; else 404",
    "/api/v1/openapi.json": "says what the API can be asked; code only, the same for everybody",
    "/api/v1/gateway/join": "the single-use code is the credential",
    "/api/v1/study-config": "asks for a gateway's signed token itself (test_register_gateway_views)",
    "/api/v1/receipts": "asks for a gateway's signed token itself (test_register_gateway_views)",
}
"""Addresses without a guard, each with the reason why that is right."""


@dataclass(frozen=True)
class Address:
    """One address of one side: its pattern, and the permissions of which one is needed (None: no guard at all)."""

    zone: str
    pattern: str
    needs: tuple[str, ...] | None

    @property
    def example(self) -> str:
        """The address with values that name nothing."""
        return re.sub(r"<(\w+):\w+>", lambda m: "999999" if m[1] == "int" else "nothing", self.pattern)

    @property
    def line(self) -> str:
        """The address as access.txt has it."""
        if self.needs is None:
            said = f"open: {OPEN.get(self.pattern, '')}"
        else:
            said = f"{' or '.join(self.needs) or SIGNED_IN}: {', '.join(self.roles())}"
        return f"{self.zone} {self.pattern} {said}" + (f"; {self.scope}" if self.scope else "")

    @property
    def scope(self) -> str:
        """By what it is scoped, or why by nothing; empty where access_scope.py does not say."""
        return scope_of(self.pattern)

    def roles(self) -> list[str]:
        """Roles of this side that may open it."""
        from isocentre.people.roles import roles

        here = [role for role in roles().values() if role.zone == self.zone]
        return [r.key for r in here if not self.needs or set(self.needs) & r.permissions]


def addresses() -> list[Address]:
    """Every address of both sides."""
    return [
        Address(zone, f"/{pattern}", _needs(view))
        for zone in ZONES
        for pattern, view in _walk(import_module(f"isocentre.config.urls_{zone}").urlpatterns)
    ]


def _walk(patterns: list[Any], before: str = "") -> Iterator[tuple[str, Callable[..., Any]]]:
    for one in patterns:
        if hasattr(one, "url_patterns"):
            yield from _walk(one.url_patterns, before + str(one.pattern))
        else:
            yield before + str(one.pattern), one.callback


def _needs(view: Callable[..., Any]) -> tuple[str, ...] | None:
    """What the guard left on the view (the desk's own guard leaves one word)."""
    found = getattr(view, "isocentre_needs", getattr(view, "needs", None))
    if isinstance(found, str):
        return () if found == "signed in" else (found,)
    return found


def main() -> None:
    """Write the file."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "isocentre.config.settings.test")
    import django

    django.setup()
    FILE.write_text("".join(f"{address.line}\n" for address in addresses()), encoding="utf-8")


if __name__ == "__main__":
    main()
