"""One HL7 v2 message as segments, fields, repetitions and components (v2.5.1 chapter 2), and its acknowledgement."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

MOST_SEGMENTS: Final = 500
_HEX: Final = re.compile(r"(?:[0-9A-F]{2})+", re.I)
_PLAIN: Final = re.compile(r"[\w. /@:+-]{0,199}")
_SETS: Final = {"UNICODE UTF-8": "utf-8", "UTF-8": "utf-8", "8859/1": "cp1252", "ASCII": "ascii", "UNICODE": "utf-16"}


class BadMessage(Exception):
    """No HL7 v2 message, or none that can be read; the text never quotes it."""


@dataclass(frozen=True, slots=True)
class Marks:
    """The separators that a message names for itself in MSH-1 and MSH-2."""

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment; `fields` as they came, the first of them field 1."""

    name: str
    fields: tuple[str, ...]
    marks: Marks

    def repetitions(self, number: int) -> list[tuple[str, ...]]:
        """The repetitions of a field (from 1) that say something, each as its components without escapes."""
        raw = self.fields[number - 1] if number <= len(self.fields) else ""
        split = [one.split(self.marks.component) for one in raw.split(self.marks.repetition)]
        told = [tuple(_plain(part, self.marks) for part in parts) for parts in split]
        return [parts for parts in told if any(part not in ("", '""') for part in parts)]

    def text(self, number: int, component: int = 1) -> str:
        """One component (from 1) of the first repetition of a field; empty where it says nothing."""
        for parts in self.repetitions(number)[:1]:
            if component <= len(parts) and parts[component - 1] != '""':
                return parts[component - 1]
        return ""


@dataclass(frozen=True, slots=True)
class Message:
    """A message: MSH first, its other segments in their order."""

    segments: tuple[Segment, ...]

    @property
    def head(self) -> Segment:
        """MSH, numbered as the standard does: field 1 is the separator itself."""
        return self.segments[0]

    @property
    def event(self) -> tuple[str, str]:
        """(message code, trigger event) of MSH-9: ("ADT", "A40")."""
        return self.head.text(9, 1), self.head.text(9, 2)

    @property
    def control_id(self) -> str:
        """MSH-10, which the acknowledgement repeats; empty where it holds anything but plain signs."""
        said = self.head.text(10)
        return said if _PLAIN.fullmatch(said) else ""


def read(data: bytes) -> Message:
    """The message in these bytes, segments ended by <CR> (or <LF>, or both, as some senders do). BadMessage."""
    text = _decoded(data)
    lines = [line for line in re.split(r"\r\n|\r|\n", text) if line]
    if not lines or not lines[0].startswith("MSH"):
        raise BadMessage("it does not begin with MSH")
    if len(lines) > MOST_SEGMENTS:
        raise BadMessage("it has too many segments")
    marks = _marks(lines[0])
    segments = [_segment(line, marks) for line in lines]
    first = Segment("MSH", (marks.field, *segments[0].fields), marks)
    return Message((first, *segments[1:]))


def acknowledgement(message: Message | None, code: str, words: str = "", *, at: datetime) -> bytes:
    """The answer to a message (chapter 2.9.2): AA taken, AE not taken, AR not for us. `words` for people (MSA-3)."""
    event = message.event[1] if message is not None else ""
    version = message.head.text(12) if message is not None else ""
    kind = "ACK" + (f"^{event}^ACK" if _PLAIN.fullmatch(event) and event else "")
    version = version if re.fullmatch(r"2(\.\d){0,3}", version) else "2.5"
    control = message.control_id if message is not None else ""
    # The sender of it is us; nothing but MSH-10 and the event is repeated of what came.
    head = f"MSH|^~\\&|ISOCENTRE||||{at:%Y%m%d%H%M%S}||{kind}|{at:%Y%m%d%H%M%S%f}|P|{version}"
    return f"{head}\rMSA|{code}|{control}{'|' + words if words else ''}\r".encode("ascii", "replace")


def _decoded(data: bytes) -> str:
    """By MSH-18; where it says nothing, UTF-8 if that reads, else the older encoding of Windows."""
    first = re.split(rb"[\r\n]", data, maxsplit=1)[0].decode("latin-1")
    fields = first.split(first[3:4]) if len(first) > 3 and first[3:4] else []
    said = fields[17].split("~")[0].strip().upper() if len(fields) > 17 else ""
    for encoding in (_SETS.get(said, "utf-8"), "cp1252"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return data.decode("latin-1")


def _marks(line: str) -> Marks:
    said = line[3:8]
    if len(said) < 5 or said[:1].isalnum() or said[:1].isspace():
        raise BadMessage("its separators are not named")
    marks = said[0] + said[1:].split(said[0])[0]
    if len(marks) < 4 or len(set(marks)) != len(marks):
        raise BadMessage("its separators are not named, or one is named twice")
    return Marks(*marks, *("&" if len(marks) == 4 else ""))


def _segment(line: str, marks: Marks) -> Segment:
    name, *fields = line.split(marks.field)
    return Segment(name, tuple(fields), marks)


def _plain(text: str, marks: Marks) -> str:
    """The text without escape sequences (chapter 2.7): separators and bytes are put back, highlights taken out."""
    if marks.escape not in text:
        return text.strip()
    stand = {"F": marks.field, "S": marks.component, "R": marks.repetition, "T": marks.subcomponent, "E": marks.escape}
    parts = text.split(marks.escape)
    out = [parts[0]]
    for place, part in enumerate(parts[1:], 1):
        outside = place % 2 == 0
        if outside or place == len(parts) - 1:  # an escape nobody ended is text
            out.append(part)
        elif part[:1] in "Xx" and _HEX.fullmatch(part[1:]):
            out.append(bytes.fromhex(part[1:]).decode("latin-1"))
        else:
            out.append(stand.get(part.upper(), ""))
    return "".join(out).strip()
