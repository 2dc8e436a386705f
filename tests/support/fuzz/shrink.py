"""Make a finding small: bytes go as long as the same thing is wrong."""

from __future__ import annotations

from support.fuzz.inputs import profiles
from support.fuzz.oracle import judge
from support.fuzz.run import Found

_MOST = 20_000


def smallest(found: Found, both: bool) -> bytes:
    """The finding's bytes with as much taken out as can be, in ever smaller parts."""
    profile, data, tries = profiles()[found.profile], found.data, 0

    def same(some: bytes) -> bool:
        verdict = judge(some, profile, both=both, whole=True)
        return (verdict.wrong, verdict.words) == (found.wrong, found.words)

    part = len(data) // 2
    while part and tries < _MOST:
        at = 132
        while at < len(data) and tries < _MOST:
            less = data[:at] + data[at + part :]
            tries += 1
            if same(less):
                data = less
            else:
                at += part
        part //= 2
    return data
