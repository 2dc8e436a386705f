"""Named points: silent without a hook, told to the one hook there is."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from isocentre.core import points


@pytest.fixture(autouse=True)
def _no_hook_left() -> Iterator[None]:
    yield
    points.install(None)


def test_a_point_is_told_to_the_hook_until_it_is_taken_away() -> None:
    heard: list[str] = []
    points.reach("intake.synced")
    points.install(heard.append)
    points.reach("intake.written")
    points.install(None)
    points.reach("intake.renamed")
    assert heard == ["intake.written"]


def test_every_point_is_reached_somewhere_and_nothing_else_is() -> None:
    source = Path(points.__file__).parents[1]
    texts = [path.read_text() for path in source.rglob("*.py")]
    reached = {name for text in texts for name in re.findall(r'points\.reach\("(.+?)"\)', text)}
    assert reached == set(points.POINTS)
