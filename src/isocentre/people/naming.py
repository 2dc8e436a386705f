"""Names of people by sign-in name, for pages that name the person anyway (web/names.py)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from isocentre.people.models import User


def names(usernames: Collection[str] | None) -> dict[str, str]:
    """Names of these people, or of all; with the sign-in name behind it where another person has the same name.

    What a program did is its person's, `sam#3` by token number 3.
    """
    rows = User.objects.exclude(name="")
    asked = set(usernames or ())
    rows = rows if usernames is None else rows.filter(username__in=sorted({one.partition("#")[0] for one in asked}))
    found = dict(rows.values_list("username", "name"))
    same = User.objects.filter(name__in=sorted(set(found.values()))).values_list("name", flat=True)
    count = Counter(same)
    called = {username: f"{name} ({username})" if count[name] > 1 else name for username, name in found.items()}
    return called | {
        f"{username}#{number}": f"{called[username]}, with token {number}"
        for username, sign, number in (one.partition("#") for one in asked)
        if sign and username in called
    }
