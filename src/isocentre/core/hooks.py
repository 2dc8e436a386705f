"""What a room tells the pages that span rooms: the records of `hooks.py`, and the order of a scan's life.

A room may have a module `hooks.py` with any of these functions; `desk` finds them and knows no room by name.
Every function sees only what the actor's scope allows, and answers with nothing where the actor may not ask.

    navigation(actor) -> list[NavItem]      main menu; shown only when the actor may open the page
    worklist(actor)   -> list[WorkItem]     what needs this person now, with count and the oldest one's moment
    figures(actor)    -> list[Figure]       the few numbers this role steers by
    changes(actor)    -> list[Change]       what happened lately, newest first, in words
    tallies(actor)    -> list[Tally]        counts that only grow, for "since you last looked"
    life(actor, key)  -> list[Step]         this room's steps in the life of one scan; [] when the scan is unknown
    scan(actor, key)  -> ScanCard | None    what the scan is, for the head of its page; None when not this room's
    traces(actor, key) -> list[Trace]       what the audit trail calls what was done with the scan, for its history
    search(actor, text) -> list[Hit]        what the words find
    support()         -> list[(name, data)] counts for a support bundle; no scan and no person
    identifiers()     -> list[str]          everything known of any patient, to be removed from a support bundle
    backlog()         -> list[Figure]       what waits in this room, for the status page; counts only

`key` is the ledger's scan id on the hospital side and our own StudyInstanceUID on the national side. `Step.when` and
`WorkItem.oldest` are the room's answer to who may see a clock (design §3, Dates): a moment on the hospital side,
"2 hours later" or nothing for most roles on the national side. No identifier of a person in any URL.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

State = Literal["done", "now", "failed", "future"]


@dataclass(frozen=True, slots=True)
class NavItem:
    """One entry of the main menu; `order` sorts (10, 20 …), `key` is the letter after `g` that goes there."""

    text: str
    url: str
    order: int = 50
    key: str = ""


@dataclass(frozen=True, slots=True)
class WorkItem:
    """Something a person has to do: how many, what, where, and since when the oldest waits (None: not told)."""

    count: int
    text: str
    url: str
    oldest: datetime | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One number to steer by, ready to read (`value` carries its unit)."""

    value: str
    label: str
    url: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """Something that happened, in words; `at` None where the role may not see a clock."""

    text: str
    url: str = ""
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of something there ever were in the actor's scope; `one` and `many` follow the number added."""

    key: str
    count: int
    one: str
    many: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step in a scan's life. `stage` is a key of STAGES; `who` is a person, or what did it and its version.

    `next` says what must happen and who must act; it is shown for `now` and `failed`.
    """

    stage: str
    title: str
    state: State
    when: str = ""
    who: str = ""
    detail: str = ""
    url: str = ""
    link_text: str = "Open"
    next: str = ""


@dataclass(frozen=True, slots=True)
class ScanCard:
    """The head of a scan's page: a title, (label, value) rows, and (words, address) links to its room."""

    title: str
    rows: tuple[tuple[str, str], ...] = ()
    links: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Trace:
    """What the audit trail calls something that was done with a scan: kind of object and its name there."""

    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing a search found."""

    title: str
    kind: str
    url: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """A place in a scan's life: its key, and what a person is told before it has been reached."""

    key: str
    title: str
    detail: str


# The way of a scan (design §3). A room added later puts its stage here and its step in its own hooks.
STAGES: dict[str, tuple[Stage, ...]] = {
    "gateway": (
        Stage("received", "Received", "The scan arrives from the scanner or the hospital's picture archive."),
        Stage("assigned", "Research study found", "It is settled which research study the scan is for."),
        Stage("deidentified", "De-identified", "A new copy without names, numbers and dates of birth is made."),
        Stage("sent_on", "Sent on", "The copy is sent to the national side; the original stays here."),
        Stage("acknowledged", "Stored on the national side", "The national side confirms that it holds every image."),
        Stage("erased", "Original erased here", "The original is erased after a week: this side is no archive."),
    ),
    "platform": (
        Stage("received", "Received at the hospital", "The hospital side reports it within a minute of sending it on."),
        Stage("deidentified", "De-identified", "The hospital side reports with which profile, and what it did."),
        Stage("stored", "Stored", "The images are checked a second time and stored."),
        Stage("matched", "Matched to a planned visit", "The scan is set beside what the research study planned."),
        Stage("viewed", "Opened", "People who may see the images open them."),
    ),
}


RECALLED = "recalled"
"""The stage of a scan that was taken back, on either side: where it failed, nothing follows it any more."""
ONWARD = frozenset({"deidentified", "sent_on", "acknowledged"})
"""What happens only to a scan that leaves the hospital."""


def assemble(side: str, steps: Iterable[Step]) -> list[Step]:
    """The whole life on one side ('gateway' or 'platform'): steps in the order of STAGES, missing ones as future.

    Several steps of one stage stay in the order given. A step of an unknown stage comes last, as it was given. A scan
    that goes no further (stopped, with nothing to do next) has no way onward before it, so none is promised; to one
    that was taken back nothing more will happen.
    """
    given: dict[str, list[Step]] = {}
    told = list(steps)
    for step in told:
        given.setdefault(step.stage, []).append(step)
    # Some of its images may go no further while others are still on their way.
    ended = any(s.state == "failed" and not s.next for s in told) and not any(s.state == "now" for s in told)
    back = any(s.stage == RECALLED and s.state == "failed" for s in told)
    whole: list[Step] = []
    for stage in STAGES[side]:
        over = back or (ended and stage.key in ONWARD)
        future = [] if over else [Step(stage.key, stage.title, "future", detail=stage.detail)]
        whole += given.pop(stage.key, []) or future
    return whole + [step for rest in given.values() for step in rest]


def oldest_first(items: Iterable[WorkItem]) -> list[WorkItem]:
    """A worklist in order: the longest waiting first, those without a moment after, nothing that counts zero."""
    wanted = [item for item in items if item.count]
    dated = sorted((item for item in wanted if item.oldest is not None), key=_oldest)
    return dated + [item for item in wanted if item.oldest is None]


def newest_first(changes: Iterable[Change], limit: int = 10) -> list[Change]:
    """Changes in order: the newest first, those without a moment after; `limit` of them."""
    listed = list(changes)
    dated = sorted((c for c in listed if c.at is not None), key=_at, reverse=True)
    return (dated + [c for c in listed if c.at is None])[:limit]


def menu(items: Iterable[NavItem]) -> list[NavItem]:
    """The main menu in order, each address once."""
    once = {item.url: item for item in sorted(items, key=lambda i: (i.order, i.text), reverse=True)}
    return sorted(once.values(), key=lambda i: (i.order, i.text))


def _oldest(item: WorkItem) -> float:
    assert item.oldest is not None
    return item.oldest.timestamp()


def _at(change: Change) -> float:
    assert change.at is not None
    return change.at.timestamp()
