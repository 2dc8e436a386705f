"""Reads a charter from YAML or JSON, strictly: what nobody knows, or what could not be judged, is refused by place."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, cast

from isocentre.core.charter.records import DECIMALS, KINDS, UNITS, Charter, Rule, RuleKind, ScanKind, Series, is_numeric
from isocentre.core.checks import holds_patient_number
from isocentre.core.deid import plain_yaml
from isocentre.core.dicom import dictionary
from isocentre.core.strict import MessageError, Node

MOST_BYTES = 256 * 1024
"""Longest text of a charter, in bytes."""
MOST = 200
"""Most of anything in one list: kinds of scan, series, rules, values."""
_CS = re.compile(r"[A-Z0-9_ ]{1,16}")
_KEYWORD = re.compile(r"[A-Za-z0-9]{1,80}")
_NUMBER = re.compile(r"[+-]?(?:\d{1,18}(?:\.\d{0,18})?|\.\d{1,18})(?:[eE][+-]?\d{1,2})?", re.ASCII)
_BAD_VRS = frozenset({"SQ", "OB", "OW", "OF", "OD", "OL", "OV", "UN", "AT"})


def read(text: str) -> Charter:
    """The charter a person wrote, as YAML or JSON; MessageError says in words what to change, and where."""
    if len(text.encode(errors="replace")) > MOST_BYTES:
        raise MessageError(f"a charter is at most {MOST_BYTES // 1024} KB of text")
    return parse(_data(text))


def parse(data: object, where: str = "charter") -> Charter:
    """The charter in plain data; MessageError says what is wrong and where, by numbers that count from 1."""
    node = _known(Node.of(data, where), {"title", "version", "scans"})
    charter = Charter(
        title=_words(node, "title", most=200),
        version=node.number("version", least=0) if "version" in node.value else 0,
        scans=_many(node, "scans", _scan),
    )
    _apart(charter, where)
    return charter


def number(text: str) -> Decimal | None:
    """The number a text is, as DICOM writes numbers (PS3.5 DS, IS); None when it is none."""
    return Decimal(text.strip()) if _NUMBER.fullmatch(text.strip()) else None


def _data(text: str) -> object:
    if not text.strip():
        raise MessageError("the charter is empty")
    if not text.lstrip().startswith("{"):
        try:
            return plain_yaml.mapping(text, what="a charter", deepest=10)
        except ValueError as error:
            raise MessageError(str(error)) from error
    try:
        return json.loads(text, parse_float=str, parse_constant=_constant, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise MessageError(f"the charter is not valid JSON (line {error.lineno}: {error.msg})") from error
    except RecursionError as error:
        raise MessageError("the charter is nested too deep") from error


def _constant(word: str) -> None:
    raise MessageError(f"{word} is no number a charter can have")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        twice = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise MessageError(f"{twice} is said twice in one place")
    return found


def _known(node: Node, names: set[str]) -> Node:
    """The node, unless it has a name nobody knows: that may be a rule spelt wrongly, which would never be judged."""
    for name in sorted(map(str, node.value)):
        if name not in names:
            raise MessageError(f"{node.where} has {name[:40]!r}, which nobody knows; it may have {_listed(names)}")
    return node


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))


def _many(node: Node, name: str, read_one: Callable[[Node], Any], *, least: int = 1) -> tuple[Any, ...]:
    """A list of `least` to `MOST` objects, counted from 1 in the words for where each sits."""
    values = node.value.get(name, [])
    if not isinstance(values, list | tuple):
        raise MessageError(f"{node.where}.{name} must be a list")
    if not least <= len(values) <= MOST:
        raise MessageError(f"{node.where}.{name} must have {least} to {MOST} entries")
    return tuple(read_one(Node.of(one, f"{node.where}.{name}[{n}]")) for n, one in enumerate(values, 1))


def _nobody(where: str, text: str) -> str:
    if holds_patient_number(text):
        raise MessageError(f"{where} looks like an NHS number: nothing in a charter may name a patient")
    return text


def _words(node: Node, name: str, *, most: int = 100) -> str:
    text = node.text(name, most=most)
    if not text.strip():
        raise MessageError(f"{node.where}.{name} is empty")
    return _nobody(f"{node.where}.{name}", text.strip())


def _texts(node: Node, name: str, form: re.Pattern[str] | None = None) -> tuple[str, ...]:
    """A list of words, none empty; one word alone stands for a list of one. Nothing when it is not there."""
    said = node.value.get(name, [])
    listed = [said] if isinstance(said, str) else said
    found = Node({name: listed}, node.where).texts(name, form)
    if len(found) > MOST or not all(text.strip() for text in found):
        raise MessageError(f"{node.where}.{name} must have at most {MOST} words, none of them empty")
    return tuple(_nobody(f"{node.where}.{name}", text.strip()) for text in found)


def _scan(node: Node) -> ScanKind:
    _known(node, {"name", "modalities", "time_points", "series"})
    modalities = _texts(node, "modalities", _CS)
    if not modalities:
        raise MessageError(f"{node.where}.modalities must name at least one modality, like CT")
    found = ScanKind(_words(node, "name"), modalities, _texts(node, "time_points"), _many(node, "series", _series))
    _different(node, "series", [one.name for one in found.series])
    lacking = set(modalities) - {one.modality for one in found.series}
    if lacking:
        raise MessageError(f"{node.where}.series has none of modality {_listed(lacking)}, which the scan has")
    return found


def _series(node: Node) -> Series:
    _known(
        node, {"name", "modality", "description", "not_description", "protocol", "minimum_images", "required", "rules"}
    )
    found = Series(
        name=_words(node, "name"),
        modality=node.text("modality", _CS),
        description=_texts(node, "description"),
        not_description=_texts(node, "not_description"),
        protocol=_texts(node, "protocol"),
        minimum_images=node.number("minimum_images", least=1, most=100_000) if "minimum_images" in node.value else 1,
        required=node.truth("required") if "required" in node.value else True,
        rules=_many(node, "rules", _rule, least=0),
    )
    _different(node, "rules", [f"{rule.attribute} {rule.kind}" for rule in found.rules])
    return found


def _different(node: Node, name: str, named: list[str]) -> None:
    twice = [one for one, times in Counter(named).items() if times > 1]
    if twice:
        raise MessageError(f"{node.where}.{name} has {twice[0]} twice")


def _rule(node: Node) -> Rule:
    _known(node, {"attribute", "unit", "decimals", *KINDS})
    attribute = node.text("attribute", _KEYWORD)
    tag = dictionary.tag_of(attribute)
    if tag is None:
        raise MessageError(f"{node.where}.attribute is no DICOM keyword; write it like SliceThickness")
    if set(dictionary.vr(tag).split(" or ")) & _BAD_VRS:
        raise MessageError(f"{node.where}.attribute {attribute} holds no value that a rule can be about")
    said = [kind for kind in KINDS if kind in node.value]
    if len(said) != 1:
        raise MessageError(f"{node.where} needs exactly one of {', '.join(KINDS)}")
    unit = _unit(node, attribute)
    decimals = node.number("decimals", least=0, most=6) if "decimals" in node.value else DECIMALS
    kind = cast("RuleKind", said[0])
    if kind in ("range", "tolerance") and not is_numeric(attribute):
        raise MessageError(f"{node.where}.{kind} is for numbers, and {attribute} is none")
    bounds = {"range": _range, "tolerance": _tolerance}
    more = bounds[kind](node) if kind in bounds else {}
    return Rule(attribute, kind, values=_values(node, kind, attribute), unit=unit, decimals=decimals, **more)


def _unit(node: Node, attribute: str) -> str:
    given = UNITS.get(attribute, "")
    if "unit" not in node.value:
        return given
    unit = node.text("unit", most=16).strip()
    if given and unit != given:
        raise MessageError(f"{node.where}.unit must be {given}: so DICOM gives {attribute}")
    return unit


def _values(node: Node, kind: str, attribute: str) -> tuple[str, ...]:
    """Of exact and one_of: texts, or numbers as texts; whether the value is present is true or not asked."""
    if kind == "present" and node.value[kind] is not True:
        raise MessageError(f"{node.where}.present must be true, or be left out")
    if kind not in ("exact", "one_of"):
        return ()
    said = node.value[kind]
    listed = said if kind == "one_of" else [said]
    if not isinstance(listed, list | tuple) or not 1 <= len(listed) <= MOST:
        raise MessageError(f"{node.where}.{kind} must be a list of 1 to {MOST} values")
    found = tuple(_value(node, kind, one, attribute) for one in listed)
    _different(node, kind, list(found))
    return found


def _value(node: Node, kind: str, said: object, attribute: str) -> str:
    where = f"{node.where}.{kind}"
    if is_numeric(attribute):
        return str(_number(said, where))
    if not isinstance(said, str) or not said.strip():
        raise MessageError(f"{where} must be text")
    return _nobody(where, Node({kind: said.strip()}, node.where).text(kind))


def _number(said: object, where: str) -> Decimal:
    """A number as it is written, never through a binary fraction."""
    found = number(str(said)) if isinstance(said, str | int | float) and not isinstance(said, bool) else None
    if found is None:
        raise MessageError(f"{where} must be a number")
    return found


def _bounds(node: Node, name: str, allowed: set[str]) -> dict[str, Decimal]:
    inner = _known(Node.of(node.value[name], f"{node.where}.{name}"), allowed)
    return {key: _number(said, f"{inner.where}.{key}") for key, said in inner.value.items()}


def _range(node: Node) -> dict[str, Decimal]:
    found = _bounds(node, "range", {"least", "most"})
    if not found:
        raise MessageError(f"{node.where}.range needs least, most or both")
    if len(found) == 2 and found["least"] > found["most"]:
        raise MessageError(f"{node.where}.range: least is above most")
    return found


def _tolerance(node: Node) -> dict[str, Decimal]:
    found = _bounds(node, "tolerance", {"value", "within", "percent"})
    if "value" not in found or ("within" in found) == ("percent" in found):
        raise MessageError(f"{node.where}.tolerance needs value, and one of within and percent")
    if min(found.get("within", Decimal()), found.get("percent", Decimal())) < 0:
        raise MessageError(f"{node.where}.tolerance may not be below 0")
    return found


def _apart(charter: Charter, where: str) -> None:
    """Refuse two kinds of scan that one scan could be: nobody could say which rules it is held to."""
    _different(Node({}, where), "scans", [one.name for one in charter.scans])
    seen: dict[frozenset[str], list[ScanKind]] = {}
    for one in charter.scans:
        for other in seen.setdefault(frozenset(one.modalities), []):
            if not (set(_same(one)) and set(_same(other))) or set(_same(one)) & set(_same(other)):
                raise MessageError(
                    f"{where}.scans: {other.name} and {one.name} have the same modalities and share a time point, so "
                    "a scan could be either; give them different time_points, or make them one"
                )
        seen[frozenset(one.modalities)].append(one)


def _same(kind: ScanKind) -> Iterator[str]:
    return (squeezed(point) for point in kind.time_points)


def squeezed(text: str) -> str:
    """As it is compared: in any case, with single spaces."""
    return " ".join(text.split()).casefold()
