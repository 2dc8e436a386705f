"""What the scorer works with: an answer to check, the key of one file, the maps of a run, the verdict on an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

ACTIONS = (
    "tag_retained",
    "text_notnull",
    "text_retained",
    "text_removed",
    "date_shifted",
    "uid_changed",
    "uid_consistent",
    "patid_consistent",
    "pixels_hidden",
    "pixels_retained",
)
"""The ten action types of the MIDI-B challenge, in its words."""
LEAKS = frozenset({"text_removed", "date_shifted", "uid_changed", "pixels_hidden"})
"""Actions whose failure means that something which identifies is still there."""
LOSSES = frozenset({"tag_retained", "text_notnull", "text_retained", "pixels_retained"})
"""Actions whose failure means that something which had to stay is gone."""
ANYWHERE = "*"
"""The path that stands for the whole file: its name, every value, the bytes outside the picture."""

Expected = Literal["pass", "either"]


class Answer(NamedTuple):
    """One thing to check.

    `path` is where: `(0010,0010)`, `(0008,1140)[0](0008,1155)`, `(0019,"CREATOR",0C)`, `[*]` any item, `*` anywhere.
    `text` is the value meant (the one that was there; for pixels a digest or a box). `how` narrows the check:
    `exact` (text_retained), `weeks` (date_shifted: back by whole weeks, the same for all dates of a person),
    `x0,y0,x1,y1` (pixels_retained: the digest leaves that box out; several with `;` between them).
    """

    action: str
    path: str
    text: str = ""
    category: str = ""
    how: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """The answers of one original. `expected`: whether it must come out (`pass`) or may be held as well (`either`)."""

    name: str
    sop_instance_uid: str
    sop_class_uid: str
    patient_id: str
    expected: Expected
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True)
class Maps:
    """What replaced what, as the hospital keeps it: UIDs and patient ids, old to new."""

    uids: Mapping[str, str]
    patients: Mapping[str, str]


class Verdict(NamedTuple):
    """Whether an answer is right, None when it cannot be told here; what was there; how many days a date moved."""

    passed: bool | None
    found: str = ""
    days: int | None = None
