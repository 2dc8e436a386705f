"""Rules that people made of findings: which pictures and texts are alike, and what is done to all of them. Pure data.

A rule never makes a profile pass what it removes, nor text of a picture that is known of the patient (ADR 0033).
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from isocentre.core.deid.pixels.black import Box
from isocentre.core.dicom.header import Header

Kind: TypeAlias = Literal["black", "clean", "allow", "keep", "drop"]
PICTURE: tuple[Kind, ...] = ("black", "clean", "allow")
HEADER: tuple[Kind, ...] = ("keep", "drop")
WIDENING = frozenset({"clean", "allow", "keep"})
"""Kinds by which more passes than before: a second person confirms them. The others, when they are retired."""
LIFTED = frozenset({"ultrasound", "secondary_capture"})
"""Reasons of a profile to hold a kind of picture that a `clean` rule may lift: names in the picture, which go black."""
MOST_BOXES, LARGEST = 100, 65_536
MARGIN = 4
"""Pixels by which a text may stick out of an allowed region: readers place it a little otherwise each time."""
_FORMAT = 1
_LONGEST = 1024


@dataclass(frozen=True, slots=True)
class Alike:
    """Pictures that are alike: one kind of object of one maker and model in one size; maker and model in capitals."""

    sop_class: str
    manufacturer: str
    model: str
    rows: int
    columns: int

    @property
    def named(self) -> bool:
        """Whether a device is named at all: without one, pictures of anything would be alike."""
        return bool(self.manufacturer and self.model)


def alike(header: Header) -> Alike:
    """What a picture is like, by its header."""
    order: Literal["little", "big"] = "little" if header.encoding.little else "big"
    rows, columns = (int.from_bytes(header.bytes(tag)[:2], order) for tag in (0x00280010, 0x00280011))
    maker, model = (" ".join(header.text(tag).upper().split()) for tag in (0x00080070, 0x00081090))
    return Alike(header.text(0x00080016), maker, model, rows, columns)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. Of pictures: `like` and `boxes`; of texts: `tag` and `phrase`. `scan`: for that scan alone (its UID).

    black: boxes are black in each frame. clean: a kind that the profile holds passes once its picture is clean, boxes
    black. allow: text inside the boxes may stay. keep: the whole value may stay. drop: the phrase goes from the value.
    """

    kind: Kind
    reason: str
    version: int = 1
    like: Alike | None = None
    boxes: tuple[Box, ...] = ()
    tag: int = 0
    phrase: str = field(default="", repr=False)
    scan: str = field(default="", repr=False)

    @property
    def code(self) -> str:
        """Its name, from what it is about: the same rule has the same name at every hospital."""
        about = json.dumps([self.kind, self._like(), self.tag, self.phrase, self.scan])
        return "R-" + base64.b32encode(hashlib.sha256(about.encode()).digest())[:8].decode()

    @property
    def name(self) -> str:
        """Its name with its version, as records of what was done say it."""
        return f"{self.code} v{self.version}"

    @property
    def widens(self) -> bool:
        """Whether more passes by it than before."""
        return self.kind in WIDENING

    def _like(self) -> list[Any]:
        like = self.like
        return [like.sop_class, like.manufacturer, like.model, like.rows, like.columns] if like else []

    def plain(self) -> dict[str, Any]:
        """As the exported file has it."""
        about: dict[str, Any] = {"code": self.code, "version": self.version, "kind": self.kind, "reason": self.reason}
        if self.kind in HEADER:
            return about | {"tag": f"{self.tag:08X}", "phrase": self.phrase}
        return about | {"like": self._like(), "boxes": [list(box) for box in self.boxes]}


class Reviewed:
    """The rules in force, looked up by what they are about. Compared by identity: one is made whenever rules change."""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self.rules = tuple(rules)
        self._pictures: dict[Alike, list[Rule]] = {}
        self._keep: dict[tuple[int, str], Rule] = {}
        self._drop: dict[int, list[tuple[re.Pattern[str], Rule]]] = {}
        for rule in self.rules:
            if rule.like is not None:
                self._pictures.setdefault(rule.like, []).append(rule)
            elif rule.kind == "keep":
                self._keep[rule.tag, rule.phrase] = rule
            else:
                words = re.compile(rf"(?<!\w){re.escape(rule.phrase)}(?!\w)", re.IGNORECASE)
                self._drop.setdefault(rule.tag, []).append((words, rule))
        self.classes = frozenset(like.sop_class for like in self._pictures)
        self.kept = tuple(self._keep)
        """(tag, phrase) of values that may stay whole: all that the second check accepts by rule."""

    def of_picture(self, header: Header) -> tuple[Rule, ...]:
        """Rules for the picture of an object; there can be none when its SOP class is not among `classes`."""
        scan = header.text(0x0020000D)
        return tuple(rule for rule in self._pictures.get(alike(header), ()) if rule.scan in ("", scan))

    def keeps(self, tag: int, value: str) -> str:
        """Name of the rule by which this whole value stays; empty when there is none."""
        rule = self._keep.get((tag, value.strip(" \0")))
        return rule.name if rule else ""

    def dropped(self, tag: int, value: str) -> tuple[str, tuple[str, ...]]:
        """The value without phrases that go by rule, and the names of those rules."""
        names: list[str] = []
        for words, rule in self._drop.get(tag, ()):
            value, count = words.subn(" ", value)
            names += [rule.name] if count else []
        return (" ".join(value.split()), tuple(names)) if names else (value, ())


NOTHING = Reviewed()


def inside(box: Box, regions: Iterable[Box]) -> bool:
    """Whether a box lies in one of the regions, give or take `MARGIN`."""
    wide = [(one[0] - MARGIN, one[1] - MARGIN, one[2] + MARGIN, one[3] + MARGIN) for one in regions]
    return any(box[0] >= x and box[1] >= y and box[2] <= right and box[3] <= bottom for x, y, right, bottom in wide)


def tells(text: str, known: Iterable[str]) -> bool:
    """Whether a text read in a picture says something known of the patient: then no rule lets it stay."""
    said = "".join(filter(str.isalnum, text.upper()))
    words = set(re.findall(r"[^\W_]+", text.upper()))
    for value in known:
        if words & {word for word in re.findall(r"[^\W_]+", value.upper()) if len(word) > 1}:
            return True
        whole = "".join(filter(str.isalnum, value.upper()))
        if len(whole) > 3 and whole in said:
            return True
    return False


def differs(one: Rule, other: Rule) -> bool:
    """Whether two rules of one name say different things; a reason says nothing to a machine."""
    return (one.kind, one.like, one.tag, one.phrase, one.scan, set(one.boxes)) != (
        other.kind, other.like, other.tag, other.phrase, other.scan, set(other.boxes)
    )  # fmt: skip


class BadRules(ValueError):
    """A file of rules cannot be used; the text says why and never quotes a value."""


def dump(rules: Iterable[Rule]) -> str:
    """The file of these rules. Left out: those of one scan, and phrases that go, for they may be somebody's name."""
    told = [rule.plain() for rule in rules if not rule.scan and rule.kind != "drop"]
    return json.dumps({"isocentre_rules": _FORMAT, "rules": told}, indent=1, sort_keys=True) + "\n"


def parse(text: str) -> tuple[Rule, ...]:
    """The rules of a file made by `dump`; BadRules when anything in it is not as it should be."""
    try:
        made = json.loads(text)
    except (ValueError, RecursionError):
        raise BadRules("it is no file of rules: no JSON") from None
    if (
        not isinstance(made, dict)
        or made.get("isocentre_rules") != _FORMAT
        or set(made) != {"isocentre_rules", "rules"}
    ):
        raise BadRules("it is no file of rules of this form")
    if not isinstance(made["rules"], list) or len(made["rules"]) > 10_000:
        raise BadRules("its rules are no list, or over 10,000")
    rules = []
    for number, plain in enumerate(made["rules"], 1):
        try:
            rule = _rule(plain)
            if rule.code != plain["code"]:
                raise ValueError
        except (KeyError, TypeError, ValueError, AttributeError):
            raise BadRules(f"rule {number} is not as it should be") from None
        rules.append(rule)
    if len({rule.code for rule in rules}) != len(rules):
        raise BadRules("it has a rule twice")
    return tuple(rules)


_KEYS: dict[str, Callable[[Kind], bool]] = {
    "code": lambda kind: True, "version": lambda kind: True, "kind": lambda kind: True, "reason": lambda kind: True,
    "like": PICTURE.__contains__, "boxes": PICTURE.__contains__, "tag": HEADER.__contains__,
    "phrase": HEADER.__contains__,
}  # fmt: skip


def _rule(plain: Mapping[str, Any]) -> Rule:
    kind: Kind = plain["kind"]
    if kind not in ("black", "clean", "allow", "keep") or set(plain) != {k for k, has in _KEYS.items() if has(kind)}:
        raise ValueError("kind or keys")
    version, reason = plain["version"], plain["reason"]
    if type(version) is not int or not 0 < version < 100_000 or not 0 < len(reason) <= 300 or not reason.isprintable():
        raise ValueError("version or reason")
    if kind in HEADER:
        return Rule(kind, reason, version, tag=int(plain["tag"], 16), phrase=phrase(plain["phrase"]))
    sop_class, maker, model, rows, columns = plain["like"]
    like = Alike(brief(sop_class), brief(maker), brief(model), sides(rows), sides(columns))
    return Rule(kind, reason, version, like=like, boxes=boxes(plain["boxes"], like, least=kind != "clean"))


def brief(text: Any) -> str:
    """A word or two of a header; ValueError when it is none."""
    if not isinstance(text, str) or len(text) > 64 or not (text.isprintable() or not text):
        raise ValueError("no brief text")
    return text


def sides(number: Any) -> int:
    """Rows or columns of a picture; ValueError when no picture has that many."""
    if type(number) is not int or not 0 < number < LARGEST:
        raise ValueError("no size of a picture")
    return number


def phrase(text: Any) -> str:
    """The whole value of a text; ValueError when it is empty, too long, or holds what separates values."""
    if (
        not isinstance(text, str)
        or not text.strip()
        or len(text) > _LONGEST
        or "\\" in text
        or text != text.strip(" \0")
    ):
        raise ValueError("no phrase")
    return text


def boxes(given: Iterable[Any], like: Alike, *, least: int = 1) -> tuple[Box, ...]:
    """Boxes inside such a picture, in order; ValueError when there are too few, too many, or one lies outside."""
    made: set[Box] = set()
    for one in given:
        left, top, right, bottom = one
        if any(type(number) is not int for number in (left, top, right, bottom)):
            raise ValueError("a box has four whole numbers")
        if not (0 <= left < right <= like.columns and 0 <= top < bottom <= like.rows):
            raise ValueError("a box lies outside the picture, or is empty")
        made.add((left, top, right, bottom))
    if not least <= len(made) <= MOST_BOXES:
        raise ValueError("no box, or too many")
    return tuple(sorted(made))
