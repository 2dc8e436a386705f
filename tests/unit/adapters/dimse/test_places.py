"""Places of peers: granted, given up by idle associations, refused; receivers that die or do not answer."""

from __future__ import annotations

from collections import Counter

from isocentre.adapters.dimse.control import ChannelClosed, Line
from isocentre.adapters.dimse.places import Places


class Holder:
    """A receiver whose line is remembered; a deaf one is gone."""

    def __init__(self, **peers: int) -> None:
        self.channel, self.peers = self, Counter(peers)
        self.heard: list[Line] = []
        self.deaf = False

    def send(self, line: Line, handed: None = None) -> None:
        if self.deaf:
            raise ChannelClosed
        self.heard.append(line)

    def hang_up(self) -> None:
        self.deaf = True

    @property
    def granted(self) -> list[tuple[int, bool]]:
        return [(line["ask"], line["granted"]) for line in self.heard if line["say"] == "reserved"]

    @property
    def asked(self) -> int:
        return sum(line["say"] == "make_room" for line in self.heard)


def ask(number: int, limit: int = 2) -> Line:
    return {"say": "reserve", "ask": number, "peer": "ct", "limit": limit, "idle": 60.0}


def room(made: bool) -> Line:
    return {"say": "made_room", "peer": "ct", "made": made}


def test_a_free_place_is_granted_and_a_full_house_without_holders_refused() -> None:
    one = Holder()
    places = Places([one])
    for number in range(2):
        places.reserve(one, ask(number))
    places.reserve(one, ask(2, limit=0))
    assert one.granted == [(0, True), (1, True)]
    places.made_room(one, room(made=False))
    assert one.granted[2:] == [(2, False)]
    nobody = Holder()
    Places([nobody]).reserve(nobody, ask(3, limit=0))
    assert nobody.granted == [(3, False)]


def test_the_place_of_an_idle_association_is_granted_once_it_has_ended() -> None:
    one, other = Holder(ct=1), Holder(ct=3)
    places = Places([one, other])
    places.reserve(one, ask(7, limit=4))
    assert (other.asked, one.asked, one.granted) == (1, 0, [])
    places.made_room(other, room(made=False))
    assert one.asked == 1
    places.made_room(one, room(made=True))
    assert one.granted == []
    one.peers["ct"] -= 1
    places.freed("mr")
    places.freed("ct")
    assert (one.granted, one.peers["ct"]) == ([(7, True)], 1)
    places.made_room(one, room(made=True))  # late: nobody waits any more


def test_who_waited_longest_has_the_place_and_the_next_waits_on() -> None:
    now = [0.0]
    one = Holder(ct=2)
    places = Places([one], clock=lambda: now[0])
    places.reserve(one, ask(1))
    places.reserve(one, ask(2))
    one.peers["ct"] -= 1
    places.freed("ct")
    assert one.granted == [(1, True)]
    places.expire()
    assert one.granted == [(1, True)]
    now[0] = 60.0
    places.expire()
    assert one.granted == [(1, True), (2, False)]


def test_a_receiver_that_is_gone_or_deaf_gives_up_its_places() -> None:
    one, other, third = Holder(), Holder(ct=2), Holder(ct=1)
    holders = [one, other, third]
    places = Places(holders)
    other.deaf = True
    places.reserve(one, ask(1, limit=3))
    assert third.asked == 1  # the deaf one did not hear
    places.reserve(third, ask(2, limit=3))
    holders.remove(third)
    places.gone(third)
    assert (one.granted, third.granted) == ([(1, True)], [])
    places.reserve(one, ask(3, limit=1))
    places.made_room(one, room(made=False))
    holders.remove(other)
    places.gone(other)
    assert one.granted == [(1, True), (3, False)]


def test_when_the_one_that_was_asked_is_gone_the_next_is_asked() -> None:
    one, other = Holder(ct=1), Holder(ct=2)
    holders = [one, other]
    places = Places(holders)
    places.reserve(one, ask(1, limit=1))
    holders.remove(other)
    places.gone(other)
    assert (one.asked, one.granted) == (1, [])
