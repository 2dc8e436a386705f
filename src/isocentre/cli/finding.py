"""What `isocentre doctor` finds: one line about one thing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["good", "warning", "bad"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at; `words` say what to do where it is not good."""

    about: str
    state: State
    words: str
