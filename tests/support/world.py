"""One side with an object of every kind that an address may name, and the addresses that name them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

ARGUMENT = re.compile(r"<(\w+):(\w+)>")
NO_NUMBER, NO_UID = 999999, "2.25.1234567890123456789"


@dataclass(frozen=True)
class World:
    """`named`: values by name of an argument; `under`: the same for addresses that begin alike, the longest counts.

    `objects`: names of arguments that name an object somebody may or may not see; the others say how it is shown.
    `words`: what only its objects say; `studies`: names of their research study, which is no secret to one who may see
    all research studies at another site. `elsewhere`: research study and site at which nothing of it is to be seen.
    `asked`: what is sent along with a request, by pattern.
    """

    named: dict[str, Any]
    under: dict[str, dict[str, Any]]
    objects: frozenset[str]
    words: tuple[str, ...]
    studies: tuple[str, ...]
    elsewhere: tuple[str, str]
    asked: dict[str, dict[str, Any]] = field(default_factory=dict)

    def values(self, pattern: str) -> dict[str, Any]:
        """Values of the arguments of an address."""
        found = dict(self.named)
        for begins in sorted(self.under, key=len):
            if pattern.startswith(begins):
                found |= self.under[begins]
        return {name: found[name] for _, name in ARGUMENT.findall(pattern)}

    def address(self, pattern: str, **changed: Any) -> str:
        """The address of what there is."""
        return filled(pattern, {**self.values(pattern), **changed})

    def absent(self, pattern: str) -> Iterator[str]:
        """The same address of what there is not: all its objects, and the last of them in one that is there."""
        values = self.values(pattern)
        mine = [name for _, name in ARGUMENT.findall(pattern) if name in self.objects]
        gone = {name: nothing(name, values[name]) for name in mine}
        yield filled(pattern, {**values, **gone})
        if len(mine) > 1:
            yield filled(pattern, {**values, mine[-1]: gone[mine[-1]]})


def filled(pattern: str, values: dict[str, Any]) -> str:
    """A pattern with its arguments put in."""
    return ARGUMENT.sub(lambda found: str(values[found[2]]), pattern)


def nothing(name: str, value: Any) -> Any:
    """What names nothing, of the same form."""
    if isinstance(value, int) or str(value).isdigit():
        return NO_NUMBER
    return NO_UID if name.endswith("_uid") else "nothing"
