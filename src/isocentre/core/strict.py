"""Reads JSON that came from outside, strictly: kind, length, form and range of every value, unknown fields ignored.

Errors name the place ("study-config.sites[2].ods") and what was expected, never the value: a value may be anything,
also a person's number that should not be there (design §6 rule 5).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

T = TypeVar("T")

MAX_ROWS = 20_000
MAX_TEXT = 300
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class MessageError(ValueError):
    """A message that cannot be taken; its text is fit for a person and carries no value of the message."""


@dataclass(frozen=True, slots=True)
class Node:
    """One JSON object of a message and the words for where it sits."""

    value: Mapping[str, Any]
    where: str

    @classmethod
    def of(cls, value: object, where: str) -> Node:
        """The node for `value`; MessageError when it is not a JSON object."""
        if not isinstance(value, Mapping):
            raise MessageError(f"{where} must be an object")
        return cls(value, where)

    def _get(self, name: str) -> Any:
        if name not in self.value:
            raise MessageError(f"{self.where}.{name} is missing")
        return self.value[name]

    def text(self, name: str, form: re.Pattern[str] | None = None, *, most: int = MAX_TEXT) -> str:
        """A string without control characters, of at most `most` characters, matching `form` as a whole."""
        return self._text(self._get(name), f"{self.where}.{name}", form, most)

    @staticmethod
    def _text(value: object, where: str, form: re.Pattern[str] | None, most: int = MAX_TEXT) -> str:
        if not isinstance(value, str):
            raise MessageError(f"{where} must be text")
        if len(value) > most:
            raise MessageError(f"{where} is longer than {most} characters")
        if _CONTROL.search(value):
            raise MessageError(f"{where} has control characters")
        if form is not None and not form.fullmatch(value):
            raise MessageError(f"{where} does not have the form it must have")
        return value

    def texts(self, name: str, form: re.Pattern[str] | None = None) -> tuple[str, ...]:
        """A list of strings."""
        return tuple(self._text(v, f"{self.where}.{name}[{i}]", form) for i, v in enumerate(self._list(name)))

    def one_of(self, name: str, allowed: tuple[str, ...]) -> str:
        """One of a few words."""
        value = self.text(name)
        if value not in allowed:
            raise MessageError(f"{self.where}.{name} must be one of: {', '.join(allowed)}")
        return value

    def truth(self, name: str) -> bool:
        """True or false, nothing that merely looks like it."""
        value = self._get(name)
        if not isinstance(value, bool):
            raise MessageError(f"{self.where}.{name} must be true or false")
        return value

    def number(self, name: str, *, least: int = 0, most: int = 2**53) -> int:
        """A whole number in least…most."""
        return self._number(self._get(name), f"{self.where}.{name}", least, most)

    @staticmethod
    def _number(value: object, where: str, least: int, most: int) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise MessageError(f"{where} must be a whole number")
        if not least <= value <= most:
            raise MessageError(f"{where} must be between {least} and {most}")
        return value

    def maybe_number(self, name: str, *, least: int, most: int) -> int | None:
        """A whole number, or null."""
        return None if self._get(name) is None else self.number(name, least=least, most=most)

    def pair(self, name: str, *, least: int, most: int) -> tuple[int, int]:
        """Two whole numbers, the first not above the second."""
        values = self._list(name)
        if len(values) != 2:
            raise MessageError(f"{self.where}.{name} must be two whole numbers")
        first, second = (self._number(v, f"{self.where}.{name}[{i}]", least, most) for i, v in enumerate(values))
        if first > second:
            raise MessageError(f"{self.where}.{name} must begin before it ends")
        return first, second

    def counts(self, name: str, form: re.Pattern[str]) -> dict[str, int]:
        """An object of word → count (0 or more); the words match `form`."""
        node = Node.of(self._get(name), f"{self.where}.{name}")
        if len(node.value) > MAX_ROWS:
            raise MessageError(f"{node.where} has more than {MAX_ROWS} rows")
        words = [self._text(word, f"a word of {node.where}", form) for word in node.value]
        return {w: self._number(node.value[w], f"a count of {node.where}", 0, 2**53) for w in sorted(words)}

    def time(self, name: str) -> datetime:
        """An ISO 8601 time with its offset from UTC."""
        value = self.text(name, most=40)
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise MessageError(f"{self.where}.{name} must be an ISO 8601 time") from None
        if moment.tzinfo is None:
            raise MessageError(f"{self.where}.{name} must say its offset from UTC")
        return moment

    def maybe_time(self, name: str) -> datetime | None:
        """A time, or null."""
        return None if self._get(name) is None else self.time(name)

    def one(self, name: str, read: Callable[[Node], T]) -> T:
        """One inner object read by `read`."""
        return read(Node.of(self._get(name), f"{self.where}.{name}"))

    def many(self, name: str, read: Callable[[Node], T]) -> tuple[T, ...]:
        """A list of inner objects, each read by `read`."""
        return tuple(read(Node.of(v, f"{self.where}.{name}[{i}]")) for i, v in enumerate(self._list(name)))

    def by_word(self, name: str, form: re.Pattern[str], read: Callable[[Node], T]) -> dict[str, T]:
        """An object of word → inner object, in the order of the words."""
        node = Node.of(self._get(name), f"{self.where}.{name}")
        words = sorted(self._text(word, f"a word of {node.where}", form) for word in node.value)
        return {w: read(Node.of(node.value[w], f"{node.where}.{w}")) for w in words}

    def _list(self, name: str) -> list[Any]:
        value = self._get(name)
        if not isinstance(value, list | tuple):
            raise MessageError(f"{self.where}.{name} must be a list")
        if len(value) > MAX_ROWS:
            raise MessageError(f"{self.where}.{name} has more than {MAX_ROWS} rows")
        return list(value)
