"""The label of a slide in its overview image: text and a barcode at one end of the glass, which is found and blacked.

No attribute says where it lies. A barcode is not read as text, so that the whole end of the glass goes, not the text.
"""

from __future__ import annotations

from collections.abc import Iterable

from isocentre.core.deid.pixels.black import Box
from isocentre.core.deid.pixels.layout import Layout
from isocentre.core.deid.pixels.words import SURE
from isocentre.core.deid.rules import Held
from isocentre.core.deid.screen import STORAGE
from isocentre.core.dicom.header import Header
from isocentre.core.ports import FoundText

WHOLE_SLIDE = STORAGE + "77.1.6"
END = 0.38
"""Share of the glass that an end is: a label is 20 to 26 mm of 75 or 76 mm (ISO 8037-1), and lies with a margin."""
LONG = 1.6
"""Least ratio of the sides of a picture that shows a whole glass, whose own is 3."""
_LETTERS = 3


def is_slide(header: Header) -> bool:
    """Whether this is an image of a slide; one that is to be cleaned may show the label of the glass."""
    return header.text(0x00080016) == WHOLE_SLIDE


def check(header: Header, layout: Layout) -> None:
    """Held where the label cannot be told from the rest: the picture is all label, in tiles, or no whole glass."""
    said = header.text(0x00080008).upper().split("\\")
    if any(word.strip() == "LABEL" for word in said):
        raise Held("pixels_unreadable", "It is the picture of the slide's label: leave it out.")
    if layout.frames > 1:
        raise Held("pixels_unreadable", "The overview of the slide is cut into tiles, so its label cannot be found.")
    if max(layout.rows, layout.columns) < LONG * min(layout.rows, layout.columns):
        raise Held("pixels_unreadable", "The overview shows no whole slide, so nobody can say where its label is.")


def label(layout: Layout, texts: Iterable[FoundText]) -> list[Box]:
    """What must be black: the end of the glass where text is, when it was surely read and the other end has none.

    Both ends otherwise: a label may have nothing but a barcode, and what is read elsewhere may be dirt.
    """
    ends = _ends(layout)
    found = list(texts)
    written = [[one for one in found if _meet(one.box, end)] for end in ends]
    sure = [any(one.confidence >= SURE and _letters(one.text) >= _LETTERS for one in part) for part in written]
    alone = [end for end, other, is_sure in zip(ends, reversed(written), sure, strict=True) if is_sure and not other]
    return alone or ends


def _ends(layout: Layout) -> list[Box]:
    rows, columns = layout.rows, layout.columns
    if columns >= rows:
        width = round(columns * END)
        return [(0, 0, width, rows), (columns - width, 0, columns, rows)]
    height = round(rows * END)
    return [(0, 0, columns, height), (0, rows - height, columns, rows)]


def _meet(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _letters(text: str) -> int:
    return sum(character.isalnum() for character in text)
