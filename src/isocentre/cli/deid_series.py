"""What must be known of whole series at SRC before anything is de-identified: faces of heads, text in pictures.

Everything is read once for it, where the profile asks for either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from isocentre.cli import deid_pool
from isocentre.cli.deid_faces import Cuts, takes_off
from isocentre.cli.deid_files import Settings, Subject, series_name, subject
from isocentre.cli.deid_samples import Samples
from isocentre.cli.deid_sources import Entry, Refused, opened
from isocentre.core.deid.pixels.where import turn
from isocentre.core.deid.screen import as_acquired, loses_face

FILE = "samples"


@dataclass(frozen=True, slots=True)
class _Seen:
    """Of an entry: its series by keyed hash where it is a head, where a sample is read, and whether it is in that."""

    head: bytes = b""
    sampled: bytes = b""
    in_sample: bool = False


def found(
    settings: Settings, things: Iterator[Entry], jobs: int, open_: Callable[[Entry], bool], folder: Path
) -> tuple[Settings, Cuts]:  # fmt: skip
    """Look at everything once; the settings with what was read of pictures, kept in `folder`, and the cuts of heads."""
    cuts, samples = Cuts(), Samples()
    if not settings.profile.sample and not takes_off(settings):
        return settings, cuts
    for entry, seen in deid_pool.ordered(partial(_look, settings), things, jobs):
        wanted = bool(seen.head or seen.sampled) and open_(entry)
        if seen.head:
            cuts.add(entry, seen.head, wanted)
        if seen.sampled and wanted:
            samples.add(entry, seen.sampled, seen.in_sample)
    cuts.find(jobs)
    if not settings.profile.sample:
        return settings, cuts
    samples.find(settings, jobs, folder / FILE)
    return replace(settings, samples=folder / FILE), cuts


def _look(settings: Settings, entry: Entry) -> tuple[Entry, _Seen]:
    if entry.wrong:
        return entry, _Seen()
    try:
        with opened(entry) as buffer:
            return entry, _seen(settings, subject(buffer, settings.study_key))
    except (OSError, Refused):
        return entry, _Seen()


def _seen(settings: Settings, who: Subject) -> _Seen:
    profile = settings.profile
    name = series_name(settings.study_key, who.series)
    head = loses_face(profile, who.sop_class, who.body_part.encode(), settings.face_waiver, who.image_type)
    rule = profile.rule(who.sop_class, who.image_type)
    sampled = bool(profile.sample) and rule.cleans_pixels and as_acquired(who.sop_class, who.image_type)
    return _Seen(
        name if head else b"", name if sampled and who.single else b"",
        sampled and not turn(who.uid.encode(), profile.sample),
    )  # fmt: skip
