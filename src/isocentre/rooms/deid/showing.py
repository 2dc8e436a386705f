"""What a finding's page shows of a picture: its frames as PNG, the places found, and boxes that a person typed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from isocentre.core.deid.pixels import black
from isocentre.core.deid.pixels.layout import layout_of
from isocentre.core.deid.reviewed import MOST_BOXES
from isocentre.core.deid.rules import Held
from isocentre.core.dicom.walk import MalformedDicom
from isocentre.core.ports import NoPicture, NoReader
from isocentre.rooms.deid import door, findings, review_words
from isocentre.rooms.deid.models import Finding

LONGEST = 1200
"""Pixels of the longer side of a picture on a page."""
MOST_DECODED = 300
"""Frames of a compressed film that are looked through to show one: they are decoded one after the other."""
Box = tuple[int, ...]
_WRONG = (OSError, ValueError, MalformedDicom, NoPicture, NoReader, Held)


def typed_boxes(lines: Iterable[str]) -> tuple[Box, ...] | None:
    """Boxes as people type them (left, top, right, bottom); None when a line is none. Blank lines count for nothing."""
    made: list[Box] = []
    for line in lines:
        parts = [part for part in line.replace(",", " ").split() if part]
        if not parts:
            continue
        if len(parts) != 4 or not all(part.isascii() and part.isdigit() and len(part) < 6 for part in parts):
            return None
        made.append(tuple(map(int, parts)))
        if len(made) > MOST_BOXES:
            return None
    return tuple(made)


def frames_of(row: Any) -> int:
    """How many frames of a row's picture can be shown; 0 when none can."""
    try:
        with findings.opened(row) as header:
            layout = layout_of(header)
    except _WRONG:
        return 0
    return layout.frames if layout.native else min(layout.frames, MOST_DECODED)


def png(row: Any, frame: int, boxes: Sequence[Box]) -> bytes | None:
    """One frame (from 0) with these boxes black; None when it cannot be shown."""
    cleaner, painter = door.pixels(), door.painter()
    if cleaner is None or painter is None or not 0 <= frame < frames_of(row):
        return None
    try:
        with findings.opened(row) as header:
            layout, data = cleaner.frame(header, frame)
            if boxes:
                data = black.frame(layout, data, [(one[0], one[1], one[2], one[3]) for one in boxes])
            return painter.paint(layout, data, LONGEST)
    except _WRONG:
        return None


def context(one: Finding, row: Any, asked: Any) -> dict[str, Any]:
    """What the page of a finding says of its picture. `asked`: what was typed, to be shown as it would come out."""
    frames = frames_of(row)
    number = asked.get("frame", "1")
    frame = min(max(int(number), 1), max(frames, 1)) if number.isdigit() and len(number) < 7 else 1
    places = review_words.boxes(one.boxes)
    started = "reason" in asked
    ticked = {line.strip() for line in asked.getlist("place")} if started else {p["value"] for p in places}
    more = asked.get("more", "")
    also = typed_boxes(more.replace(";", "\n").splitlines()) or ()
    chosen = [*(p["box"] for p in places if p["value"] in ticked), *also]
    query = urlencode([("box", ",".join(map(str, box))) for box in chosen])
    args = [one.pk, frame]
    return {
        "frames": frames, "frame": frame, "places": places, "ticked": ticked, "more": more,
        "also": [{"box": box, "width": max(box[2] - box[0], 0), "height": max(box[3] - box[1], 0)} for box in also],
        "original": reverse("deid:finding_picture", args=[*args, "original"]),
        "result": f"{reverse('deid:finding_picture', args=[*args, 'result'])}?{query}",
        "looking": one.look in ("waiting", "later", "wanted") and door.pixels() is not None,
        "failed": one.look == "failed",
    }  # fmt: skip
