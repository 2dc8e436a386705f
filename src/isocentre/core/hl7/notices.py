"""What an ADT message says about who a patient is: two numbers of one person, a number moved, two taken for one.

HL7 v2.5.1 chapter 3: A40 (with the older A34 and A18) merges, A43 moves, A37 unlinks. PID names the patient who is
right or stays, MRG the number before; A37 names both in a PID each.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from isocentre.core.hl7.message import BadMessage, Message, Segment
from isocentre.core.ids import NhsNumber

MOST: Final = 50
"""Patients one message may speak of."""


class Kind(StrEnum):
    """What is said of two numbers."""

    MERGE = "merge"  # both are one person's
    MOVE = "move"  # what was filed under one is of the other
    UNLINK = "unlink"  # they were taken for one person's, and are not


EVENTS: Final = {"A40": Kind.MERGE, "A34": Kind.MERGE, "A18": Kind.MERGE, "A43": Kind.MOVE, "A37": Kind.UNLINK}


@dataclass(frozen=True, slots=True)
class Number:
    """A patient's number and who issued it (CX.1, CX.4); `nhs`: it says it is an NHS number, and is one."""

    value: str
    issuer: str = ""
    nhs: bool = False

    def __repr__(self) -> str:
        return "<Number …>"


@dataclass(frozen=True, slots=True)
class Notice:
    """One patient of a message. `right`: numbers that stay or are right (PID); `before`: the others (MRG)."""

    kind: Kind
    event: str
    right: tuple[Number, ...]
    before: tuple[Number, ...]


def notices(message: Message) -> list[Notice]:
    """What the message says, a patient each; empty for a message about anything else. BadMessage when it is cut."""
    code, event = message.event
    kind = EVENTS.get(event) if code == "ADT" else None
    if kind is None:
        return []
    found = _unlinked(message, event) if kind is Kind.UNLINK else _pairs(message, kind, event)
    if not found or any(not one.right or not one.before for one in found):
        raise BadMessage("it names no two patient numbers (PID-3 and MRG-1)")
    if len(found) > MOST:
        raise BadMessage("it speaks of too many patients")
    return [one for one in found if set(one.right) != set(one.before) or one.kind is Kind.MOVE]


def _pairs(message: Message, kind: Kind, event: str) -> list[Notice]:
    """Each PID with the MRG that follows it: a message of 2.3 and later may hold several."""
    found: list[Notice] = []
    last: Segment | None = None
    for segment in message.segments[1:]:
        if segment.name == "PID":
            if last is not None:
                raise BadMessage("a PID without its MRG")
            last = segment
        elif segment.name == "MRG":
            if last is None:
                raise BadMessage("an MRG without its PID")
            # A move names the number in PID-3 and MRG-1, and the patients it was moved between in PID-2 and MRG-4.
            found.append(Notice(kind, event, _numbers(last, 3, 2), _numbers(segment, 1, 4)))
            last = None
    if last is not None:
        raise BadMessage("a PID without its MRG")
    return found


def _unlinked(message: Message, event: str) -> list[Notice]:
    pids = [segment for segment in message.segments if segment.name == "PID"]
    if len(pids) != 2:
        raise BadMessage("an unlink names two patients, a PID each")
    return [Notice(Kind.UNLINK, event, _numbers(pids[0], 3, 2), _numbers(pids[1], 3, 2))]


def _numbers(segment: Segment, *fields: int) -> tuple[Number, ...]:
    """The patient numbers in these fields, each once."""
    found = [_number(parts) for field in fields for parts in segment.repetitions(field)]
    return tuple(dict.fromkeys(one for one in found if one is not None))


def _number(parts: tuple[str, ...]) -> Number | None:
    value = parts[0] if parts else ""
    if not value or value == '""' or len(value) > 64:
        return None
    issuer = (parts[3] if len(parts) > 3 else "").split("&")[0][:64]
    kind = parts[4] if len(parts) > 4 else ""
    said = "NHS" in issuer.upper() or kind.upper() in ("NH", "NHS", "NHSNMBR", "NI")
    if said and (nhs := _nhs(value)):
        return Number(nhs, "", nhs=True)
    return Number(value, issuer)


def _nhs(value: str) -> str:
    try:
        return str(NhsNumber.parse(value))
    except ValueError:
        return ""
