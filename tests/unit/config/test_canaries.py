"""Canaries go every five minutes; what could not be sent at the start is not waited five minutes for."""

from __future__ import annotations

import pytest

from isocentre.config import wiring


def test_one_that_could_not_be_sent_is_tried_again_and_then_every_five_minutes() -> None:
    now, answers, sent = [0.0], [0, 0, 1, 1], list[float]()

    def send(worker: str) -> int:
        sent.append(now[0])
        return answers.pop(0)

    turn = wiring.canaries(send, lambda: now[0])
    for second in (0, 5, 10, 15, 300, 309, 310, 400):
        now[0] = float(second)
        turn("w")
    assert sent == [0, 5, 10, 310]


def test_a_listener_that_is_not_there_yet_is_tried_again() -> None:
    now, tries = [0.0], list[int]()

    def send(worker: str) -> int:
        tries.append(1)
        raise ConnectionRefusedError

    turn = wiring.canaries(send, lambda: now[0])
    for _ in range(2):
        with pytest.raises(ConnectionRefusedError):
            turn("w")
    assert len(tries) == 2
