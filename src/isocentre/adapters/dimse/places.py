"""Places of peers: how many associations each may have, across receivers; an idle one gives way to a new one."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from isocentre.adapters.dimse.control import Channel, ChannelClosed, Line

_PATIENCE = 4.0  # seconds a peer waits for a place an idle association gives up; a receiver waits for us for 5

log = logging.getLogger(__name__)


class Holder(Protocol):
    """A receiver, as far as places matter: its line, and how many associations of each peer it has."""

    channel: Channel
    peers: Counter[str]


@dataclass(eq=False)
class _Ask:
    """A receiver's question for a place. `left`: holders not asked yet to end an idle association of that peer."""

    holder: Holder
    number: int
    peer: str
    limit: int
    idle: float
    until: float
    left: list[Holder] = field(default_factory=list)
    asked: Holder | None = None


class Places:
    """Answers who may have one more association. One thread, that of the listener; `holders` is its live list."""

    def __init__(self, holders: Sequence[Holder], clock: Callable[[], float] = time.monotonic) -> None:
        self._holders = holders
        self._clock = clock
        self._waiting: list[_Ask] = []

    def reserve(self, holder: Holder, line: Line) -> None:
        """Answer at once where there is a place, or nobody is idle; else once an idle association has given way."""
        peer, until = line["peer"], self._clock() + _PATIENCE
        ask = _Ask(holder, line["ask"], peer, line["limit"], line["idle"], until)
        if self._grant(ask):
            return
        ask.left = sorted((h for h in self._holders if h.peers[peer]), key=lambda h: h.peers[peer])
        self._waiting.append(ask)
        self._ask_next(ask)

    def made_room(self, holder: Holder, line: Line) -> None:
        """A receiver says whether it ended an idle association: its end then frees the place; else ask the next."""
        ask = next((a for a in self._waiting if a.asked is holder and a.peer == line["peer"]), None)
        if ask is not None and not line["made"]:
            self._ask_next(ask)

    def freed(self, peer: str) -> None:
        """An association of the peer has ended: whoever waited longest has its place."""
        for ask in [a for a in self._waiting if a.peer == peer]:
            if not self._grant(ask):
                return
            self._waiting.remove(ask)

    def gone(self, holder: Holder) -> None:
        """A receiver is gone, with its associations and its questions."""
        self._waiting = [ask for ask in self._waiting if ask.holder is not holder]
        for peer in list(holder.peers):
            self.freed(peer)
        for ask in [a for a in self._waiting if a.asked is holder]:
            self._ask_next(ask)

    def expire(self) -> None:
        """Refuse those who waited in vain."""
        for ask in [a for a in self._waiting if a.until < self._clock()]:
            self._refuse(ask)

    def _grant(self, ask: _Ask) -> bool:
        if sum(holder.peers[ask.peer] for holder in self._holders) >= ask.limit:
            return False
        ask.holder.peers[ask.peer] += 1
        _answer(ask, granted=True)
        return True

    def _ask_next(self, ask: _Ask) -> None:
        while ask.left:
            ask.asked = ask.left.pop()
            if ask.asked in self._holders and _say(ask.asked, {"say": "make_room", "peer": ask.peer, "idle": ask.idle}):
                return
        self._refuse(ask)

    def _refuse(self, ask: _Ask) -> None:
        self._waiting.remove(ask)
        _answer(ask, granted=False)


def _answer(ask: _Ask, *, granted: bool) -> None:
    _say(ask.holder, {"say": "reserved", "ask": ask.number, "peer": ask.peer, "granted": granted})


def _say(holder: Holder, line: Line) -> bool:
    """False when it does not hear: the listener then meets the end of its line, and drops it with all it holds."""
    try:
        holder.channel.send(line)
    except ChannelClosed:
        log.warning("a receiver does not hear")
        holder.channel.hang_up()
        return False
    return True
