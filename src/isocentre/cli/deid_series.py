"""What must be known of all of SRC before anything is de-identified: people, faces of heads, text in pictures.

The headers of everything are read once for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from isocentre.cli import deid_people
from isocentre.cli.deid_faces import Cuts, takes_off
from isocentre.cli.deid_files import Settings, Subject, series_name, subject
from isocentre.cli.deid_people import People
from isocentre.cli.deid_pool import Pool
from isocentre.cli.deid_samples import Samples
from isocentre.cli.deid_sources import Entry, Refused, opened
from isocentre.core.deid.pixels.where import turn
from isocentre.core.deid.screen import as_acquired, loses_face

FILE = "samples"


@dataclass(frozen=True, slots=True)
class _Seen:
    """Of an entry: whom it tells of (`deid_people.told`), its series by keyed hash where it is a head, where a sample
    is read, and whether it is in that."""

    people: bytes = b""
    head: bytes = b""
    sampled: bytes = b""
    in_sample: bool = False


def found(
    settings: Settings, things: Iterator[Entry], pool: Pool, open_: Callable[[Entry], bool], folder: Path,
    people: People | None,
) -> tuple[Settings, Cuts]:  # fmt: skip
    """Look at everything once; the settings with what was read of pictures, kept in `folder`, and the cuts of heads.

    `people` is told of everybody; None when nothing is written, so that no name is made.
    """
    cuts, samples = Cuts(), Samples()
    if not settings.profile.sample and not takes_off(settings) and people is None:
        return settings, cuts
    with closing(pool.ordered(partial(_look, settings), things)) as looked:
        for entry, seen in looked:
            if people is not None:
                people.add(seen.people)
            wanted = bool(seen.head or seen.sampled) and open_(entry)
            if seen.head:
                cuts.add(entry, seen.head, wanted)
            if seen.sampled and wanted:
                samples.add(entry, seen.sampled, seen.in_sample)
    cuts.find(pool)
    if not settings.profile.sample:
        return settings, cuts
    samples.find(settings, pool, folder / FILE)
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
    people = deid_people.told(who.facts.known, settings.study_key)
    return _Seen(
        people, name if head else b"", name if sampled and who.single else b"",
        sampled and not turn(who.uid.encode(), profile.sample),
    )  # fmt: skip
