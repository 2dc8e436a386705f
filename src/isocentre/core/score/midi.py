"""Answers as the MIDI-B challenge stores them, in our words (facts of its layout: CBIIT/MIDI_validation_script).

Its table `answer_data` has a row an instance, whose column AnswerData is JSON: number to one answer with the fields
action, action_text, value, tag_ds and answer_category_v2, each text between < and >.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from isocentre.core.score.model import ACTIONS, Answer

_TAG = re.compile(r"<\(([0-9A-Fa-f]{4}),(\"[^\"]*\",)?([0-9A-Fa-f]{2,4})\)>")
_ITEM = re.compile(r"\[<(\d+)>\]")
_OF_VALUE = frozenset({"date_shifted", "uid_changed", "uid_consistent", "patid_consistent"})


def answers(data: str) -> Iterator[Answer]:
    """The answers in the AnswerData of one row; ValueError when it is not of this layout."""
    try:
        entries = json.loads(data)
        for entry in entries.values():
            yield _answer(entry)
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError("the answers are not laid out as those of MIDI-B") from error


def _answer(entry: Mapping[str, Any]) -> Answer:
    action = bare(entry["action"])
    if action not in ACTIONS:
        raise ValueError(f"an answer asks for {action[:40]!r}, which is none of the ten actions")
    text = entry.get("value") if action in _OF_VALUE else entry.get("action_text")
    return Answer(action, path(str(entry.get("tag_ds") or "")), bare(text), _category(entry.get("answer_category_v2")))


def bare(value: object) -> str:
    """A text without its < and >; nothing is empty."""
    said = "" if value is None else str(value)
    return said[1:-1] if said.startswith("<") and said.endswith(">") else said


def path(tag_ds: str) -> str:
    """A path in our form: hexadecimal digits in capitals, items by plain number."""
    tags = _TAG.sub(lambda m: f"({m[1].upper()},{m[2] or ''}{m[3].upper()})", tag_ds)
    return _ITEM.sub(lambda m: f"[{int(m[1])}]", tags)


def _category(said: object) -> str:
    """The first category that is named; the field is an object of lists, or a text."""
    if isinstance(said, Mapping):
        named = [value[0] if isinstance(value, list) else value for value in said.values() if value]
        return bare(named[0]) if named else ""
    return "" if said is None else bare(said)
