"""Text in pictures at SRC where a sample is read: all of it is read before anything is written, series by series.

So nothing of a series goes out before its sample was read, whichever process writes it, and all of it is read once
text was found. What is kept of a series is a keyed hash.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path

from isocentre.cli.deid_files import Settings, pixels, subject
from isocentre.cli.deid_pool import Pool
from isocentre.cli.deid_sources import Entry, Refused, opened
from isocentre.core.deid.pixels.clean import TextLeft
from isocentre.core.deid.rules import Held
from isocentre.core.dicom.header import read_header
from isocentre.core.dicom.walk import MalformedDicom

_FEW = 4
"""Fewer pictures are read here: other processes take as long to load what reads them."""


class Samples:
    """Pictures of the sample; what is in memory grows with series and with pictures that are read."""

    def __init__(self) -> None:
        self._seen: set[bytes] = set()
        self._chosen: list[tuple[Entry, bytes]] = []

    def add(self, entry: Entry, series: bytes, in_sample: bool) -> None:
        """An image of which a sample is read and that is still to be de-identified; the first of a series is read."""
        if in_sample or series not in self._seen:
            self._seen.add(series)
            self._chosen.append((entry, series))

    def find(self, settings: Settings, pool: Pool, into: Path) -> None:
        """Read the sample, and write what was found by series into a file that `deid_files` reads."""
        texts: dict[bytes, bool] = {}
        found = pool.ordered(partial(_read, settings), self._chosen, chunk=1, few=_FEW)
        for (_, series), text in zip(self._chosen, found, strict=True):
            if text is not None:
                texts[series] = texts.get(series, False) or text
        into.write_text("".join(lines(texts.items())), encoding="ascii")


def lines(texts: Iterable[tuple[bytes, bool]]) -> Iterable[str]:
    """One line a series: its keyed hash, and whether there is text."""
    return (f"{series.hex()} {int(text)}\n" for series, text in texts)


def _read(settings: Settings, chosen: tuple[Entry, bytes]) -> bool | None:
    """Whether text is in one picture; None when that cannot be said: then it is held, or read with its series."""
    entry, _ = chosen
    try:
        with opened(entry) as buffer:
            header = read_header(buffer)
            known = subject(buffer, settings.study_key).facts.known
            rules = settings.reviewed.of_picture(header)
            cleaned = pixels().clean(header, known, rules)
    except TextLeft:
        return True
    except (Held, MalformedDicom, OSError, Refused):
        return None
    return any(one.why == "text" for one in cleaned.blacked)
