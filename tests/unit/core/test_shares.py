"""Shares as people print and type them: six lines with a check each, mistakes named, mixed sheets refused."""

from __future__ import annotations

import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isocentre.core.shares import BadShare, Share, join, lines_of, printed, split, typed

KEY = bytes(range(32))


@pytest.mark.no_cover
@given(st.binary(min_size=32, max_size=32))
def test_what_is_printed_is_typed_back_and_any_two_of_three_give_the_key(key: bytes) -> None:
    sheets = [printed(share) for share in split(key, shares=3, needed=2)]
    assert all(re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4} ){3}[0-9A-HJKMNP-TV-Z]{2}", line) for s in sheets for line in s)
    for some in combinations(sheets, 2):
        assert join(typed(lines) for lines in some) == key


def test_people_type_small_letters_dashes_and_letters_that_look_like_digits() -> None:
    [share, _] = split(KEY, shares=2, needed=2)
    lines = [line.lower().replace(" ", "-").replace("0", "o").replace("1", "l") for line in printed(share)]
    assert typed(lines) == share


def test_a_sheet_is_read_with_its_headings() -> None:
    [share, _] = split(KEY, shares=2, needed=2)
    lines = printed(share)
    sheet = "Share 1 of 2\n\n" + "".join(f"  {n}) {line}\n" for n, line in enumerate(lines, 1)) + "\nKeep it apart\n"
    assert lines_of(sheet) == lines
    assert lines_of("\n".join(lines) + "\n\n") == lines


@pytest.mark.parametrize("line", range(6))
def test_every_mistyped_character_is_found_and_its_line_named(line: int) -> None:
    [share, _] = split(KEY, shares=2, needed=2, random=lambda n: bytes(n))
    missed = 0
    for at in (0, 1, 2, 3, 5, 8, 13, 15, 16):
        for other in "0123456789ABCDEFGHJKMNPQRSTVWXYZ":
            lines = printed(share)
            if lines[line][at] in (other, " "):
                continue
            lines[line] = lines[line][:at] + other + lines[line][at + 1 :]
            try:
                typed(lines)
            except BadShare as bad:
                missed += f"Line {line + 1} " not in str(bad)
            else:
                raise AssertionError("a mistyped share was taken")
    assert missed <= 4  # the two characters of a line miss one mistake in a thousand; the whole share's check does not


@pytest.mark.parametrize("lines", [["A"] * 5, ["A"] * 6, ["UUUU UUUU UUUU UU"] * 6])
def test_what_is_no_share(lines: list[str]) -> None:
    with pytest.raises(BadShare):
        typed(lines)


def test_lines_of_two_sheets_are_no_share() -> None:
    one, two = (printed(share) for share in split(KEY, shares=2, needed=2))
    with pytest.raises(BadShare, match="same sheet"):
        typed(one[:3] + two[3:])


def test_shares_that_do_not_belong_together() -> None:
    one, two, three = split(KEY, shares=3, needed=3)
    [other, _] = split(KEY, shares=2, needed=2)
    for shares, words in (
        ([], "Give"), ([one, other], "different splits"), ([one, two], "3 different shares are needed, 2 given"),
        ([one, one, one], "1 given"),
    ):  # fmt: skip
        with pytest.raises(BadShare, match=words):
            join(shares)
    changed = Share(three.mark, three.needed, three.point, three.check, bytes(32))
    with pytest.raises(BadShare, match="changed"):
        join([one, two, changed])


def test_nothing_else_is_split_and_a_share_never_prints_itself() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        split(b"short", shares=2, needed=2)
    [share, _] = split(KEY, shares=2, needed=2)
    assert repr(share) == "<Share 1 …>"
