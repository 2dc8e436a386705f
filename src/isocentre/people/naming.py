"""Names of people by sign-in name, for pages that name the person anyway (web/names.py)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from isocentre.people.models import User


def names(usernames: Collection[str] | None) -> dict[str, str]:
    """Names of these people, or of all; with the sign-in name behind it where another person has the same name."""
    rows = User.objects.exclude(name="")
    rows = rows if usernames is None else rows.filter(username__in=sorted(set(usernames)))
    found = dict(rows.values_list("username", "name"))
    same = User.objects.filter(name__in=sorted(set(found.values()))).values_list("name", flat=True)
    count = Counter(same)
    return {username: f"{name} ({username})" if count[name] > 1 else name for username, name in found.items()}
