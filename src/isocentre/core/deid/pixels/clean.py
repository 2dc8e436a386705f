"""Clean one picture: read it, black out what is not vocabulary, read it again; hold it when text is still found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count, islice
from typing import Literal

from isocentre.core.deid.pixels import black, slide, store, where, words
from isocentre.core.deid.pixels.black import Box
from isocentre.core.deid.pixels.hidden import masked
from isocentre.core.deid.pixels.layout import Layout, layout_of, swapped
from isocentre.core.deid.pixels.where import reading, sized_as_captured, turn
from isocentre.core.deid.plan import Blacked, Made, Piece
from isocentre.core.deid.reviewed import Rule, inside, tells
from isocentre.core.deid.rules import Held
from isocentre.core.dicom.header import Header
from isocentre.core.dicom.walk import Buffer
from isocentre.core.ports import FoundText, NoPicture, NoReader, PixelDecoder, TextFinder

ROUNDS = 3
"""How often a picture is read and blacked out before it is held."""
_SERIES, _UID, _FRAMES, _ROWS, _COLUMNS = 0x0020000E, 0x00080018, 0x00280008, 0x00280010, 0x00280011
_REMEMBERED = 65_536


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What became of a picture. `read`: all frames were read and nothing is left, so the method may be claimed.

    `source` and `layout`: how the value lies in the input, and how the new one does. `pieces`: the new value, None
    when nothing was changed. `rules`: names of the rules by which text went or stayed.
    """

    read: bool
    blacked: tuple[Blacked, ...]
    source: Layout
    layout: Layout
    pieces: tuple[Piece, ...] | None = field(default=None, repr=False)
    rules: tuple[str, ...] = ()


class TextLeft(Held):
    """Text is still found after black-out: `blacked` says where it was found."""

    def __init__(self, words: str, blacked: tuple[Blacked, ...]) -> None:
        super().__init__("pixel_text", words)
        self.blacked = blacked


@dataclass(slots=True)
class PixelCleaner:
    """Cleans pictures with a reader and a decoder.

    `series`: of which series a picture was read, by SeriesInstanceUID, and whether text was found in one. `beforehand`:
    the whole sample was read before, so that of a series without text no more is read.
    """

    finder: TextFinder
    decoder: PixelDecoder
    series: dict[bytes, bool] = field(default_factory=dict)
    beforehand: bool = False

    def unread(self, seen: Mapping[int, bytes], sample: int, little: bool) -> bool:
        """Whether a picture as it was acquired passes without being read: it is not in the sample of one in so many.

        `seen`: raw values of the top level. Never before a picture of its series was read, nor once text was found.
        """
        if self.series.get(seen[_SERIES].strip(b" \0")) is not False:
            return False
        if seen.get(_FRAMES, b"").strip(b" \0") not in (b"", b"1"):
            return False
        order: Literal["little", "big"] = "little" if little else "big"
        rows, columns = (int.from_bytes(seen.get(tag, b"")[:2], order) for tag in (_ROWS, _COLUMNS))
        chosen = not self.beforehand and turn(seen[_UID], sample) == 0
        return not chosen and not sized_as_captured(rows, columns)

    def note(self, series: bytes, text: bool) -> None:
        """A picture of this series was read, and text found in it or not. What was found once is not forgotten soon."""
        text = self.series.pop(series, False) or text
        while len(self.series) >= _REMEMBERED:
            self.series.pop(next(iter(self.series)))  # as one of which nothing was read: its next picture is read
        self.series[series] = text

    def clean(
        self, header: Header, known: Iterable[str], rules: tuple[Rule, ...] = (), sample: int = 0
    ) -> Cleaned:  # fmt: skip
        """Clean the picture of an object whose header was read from the buffer at hand, by these rules for its like.

        `sample`: of a picture as it was acquired one frame in so many is read, 0: all. Held when it cannot be read or
        decoded, or text is still found after black-out.
        """
        layout = layout_of(header)
        series = header.bytes(_SERIES).strip(b" \0")
        try:
            work = _Work(header, layout, self.finder, self.decoder, tuple(known), rules)
            cleaned = work.run(sample, self.series.get(series))
        except TextLeft:
            self.note(series, True)
            raise
        except NoReader:
            raise Held(
                "no_text_reader", "Text in pictures cannot be read here: the reader or its model is not installed."
            ) from None
        except NoPicture:
            raise Held("pixels_unreadable", "Its picture cannot be decoded, so nobody can say what it shows.") from None
        self.note(series, any(one.why == "text" for one in cleaned.blacked))
        return cleaned

    def look(self, header: Header, known: Iterable[str], rules: tuple[Rule, ...], most: int) -> tuple[Blacked, ...]:
        """What would be black of a picture, for a person to see; text is looked for in `most` frames, spread evenly.

        NoReader, NoPicture or Held when that cannot be done.
        """
        work = _Work(header, layout_of(header), self.finder, self.decoder, tuple(known), rules)
        return tuple(work.glance(most))

    def frame(self, header: Header, number: int) -> tuple[Layout, bytes]:
        """One frame of a picture (from 0) as it is looked at, and how it lies; NoPicture when there is none."""
        layout = layout_of(header)
        if not 0 <= number < layout.frames:
            raise NoPicture("there is no such frame")
        work = _Work(header, layout, self.finder, self.decoder, (), ())
        return work.one(number)


class _Work:
    """One picture on its way."""

    def __init__(
        self, header: Header, layout: Layout, finder: TextFinder, decoder: PixelDecoder, known: tuple[str, ...],
        rules: tuple[Rule, ...],
    ) -> None:  # fmt: skip
        self.header, self.layout, self.finder, self.decoder = header, layout, finder, decoder
        self.said, self.known, self.rules = known, words.known_words(known), rules
        self.acquired = where.acquired(header)
        self.used = {rule.name: None for rule in rules if rule.kind != "allow"}

    def run(self, sample: int, text_in_series: bool | None) -> Cleaned:
        """Read, black out, read again."""
        plan = reading(
            self.header, self.layout, sample=sample, text_in_series=text_in_series, also=self._by_rule()
        )  # fmt: skip
        if not plan.frames:
            return Cleaned(False, (), self.layout, self.layout)
        found = [Blacked(0, box, why) for box, why in plan.black]
        found += self._label()
        layout, boxes, wanted, partly = self.layout, [one.box for one in found], plan.frames, plan.sample
        for again in count():
            layout, fresh = self._look(wanted, boxes)
            if partly and fresh:
                wanted, partly = tuple(range(self.layout.frames)), False
                layout, fresh = self._look(wanted, boxes)
            if not fresh:
                return self._done(layout, boxes, found, not partly)
            found += fresh
            boxes += [one.box for one in fresh]
            if again == ROUNDS:
                places = "; ".join(f"frame {one.frame}, {one.box}" for one in fresh[:3])
                raise TextLeft(f"Text is still found in its picture after black-out ({places}).", tuple(found))
        raise AssertionError

    def glance(self, most: int) -> list[Blacked]:
        """See `PixelCleaner.look`."""
        plan = reading(self.header, self.layout, also=self._by_rule())
        found = [Blacked(0, box, why) for box, why in plan.black] + self._label()
        frames = self.layout.frames
        wanted = tuple({frames * turn // most for turn in range(most)}) if frames > most else plan.frames
        return found + self._look(wanted, [one.box for one in found])[1]

    def one(self, number: int) -> tuple[Layout, bytes]:
        """See `PixelCleaner.frame`."""
        native = self.layout.native
        layout, frames = self._frames(range(number, number + 1) if native else None)
        data = next(islice(frames, 0 if native else number, None), None)
        if data is None:
            raise NoPicture("frames are missing")
        return layout, data

    def _by_rule(self) -> tuple[tuple[Box, str], ...]:
        """Boxes that are black by rule."""
        return tuple((box, rule.name) for rule in self.rules if rule.kind != "allow" for box in rule.boxes)

    def _allowed(self, one: FoundText) -> bool:
        """Whether a text lies where a rule lets it stay, and says nothing known of the patient."""
        for rule in self.rules:
            if rule.kind == "allow" and inside(one.box, rule.boxes) and not tells(one.text, self.said):
                self.used[rule.name] = None
                return True
        return False

    def _label(self) -> list[Blacked]:
        """Where the overview of a slide shows its label."""
        if not slide.is_slide(self.header):
            return []
        slide.check(self.header, self.layout)
        layout, frames = self._frames()
        texts = [text for data in frames for text in self.finder.find(layout, data)]
        return [Blacked(0, box, "label") for box in slide.label(layout, texts)]

    def _look(self, wanted: tuple[int, ...], boxes: list[Box]) -> tuple[Layout, list[Blacked]]:
        """What must still be blacked out in the wanted frames once the boxes are black; each place once."""
        layout, frames = self._frames()
        reading, last, number = set(wanted), b"", -1
        out: dict[Box, Blacked] = {}
        for number, data in enumerate(frames):
            if number not in reading:
                continue
            shown = black.frame(layout, data, boxes)
            if shown == last:
                continue  # a still picture in a film has been read
            last = shown
            texts = self.finder.find(layout, shown)
            stay = words.kept(texts, self.known, self.acquired)
            for one in (text for text in texts if text not in stay and not self._allowed(text)):
                box = _bounded(one, layout)
                out.setdefault(box, Blacked(number + 1, box, "text"))
        if number + 1 != layout.frames:
            raise NoPicture("frames are missing")
        return layout, list(out.values())

    def _frames(self, wanted: range | None = None) -> tuple[Layout, Iterator[bytes]]:
        layout, buffer = self.layout, self.header.buffer
        if layout.native:
            numbers = range(layout.frames) if wanted is None else wanted
            starts = (layout.offset + number * layout.frame_bytes for number in numbers)
            return layout, (_seen(layout, bytes(buffer[at : at + layout.frame_bytes])) for at in starts)
        return self.decoder.decode(layout, buffer)

    def _done(self, layout: Layout, boxes: list[Box], found: list[Blacked], read: bool) -> Cleaned:
        if not boxes:
            return Cleaned(read, (), self.layout, self.layout, None, tuple(self.used))
        if self.layout.native:
            made = _swapped(self.layout, boxes) if self.layout.swapped else black.pieces(self.layout, boxes)
            return Cleaned(read, tuple(found), self.layout, self.layout, tuple(made), tuple(self.used))
        layout, new = store.stored(self.layout, layout, boxes, self.decoder, self.header.buffer)
        return Cleaned(read, tuple(found), self.layout, layout, new, tuple(self.used))


def _seen(layout: Layout, data: bytes) -> bytes:
    """One native frame as it is looked at."""
    plain = swapped(data) if layout.swapped else data
    return masked(layout.mask, plain) if layout.mask else plain


def _swapped(layout: Layout, boxes: list[Box]) -> list[Piece]:
    """The native value of a picture whose samples lie in swapped pairs, made one frame at a time."""
    size, black_boxes = layout.frame_bytes, tuple(boxes)

    def make(buffer: Buffer) -> Iterator[bytes]:
        for at in range(layout.offset, layout.offset + layout.frames * size, size):
            yield swapped(black.frame(layout, swapped(bytes(buffer[at : at + size])), black_boxes))

    rest = layout.length - layout.frames * size
    return [Made(layout.frames * size, make), (layout.offset + layout.length - rest, rest)]


def _bounded(one: FoundText, layout: Layout) -> Box:
    """The box of a text inside the frame; Held when the reader names a place that is not there."""
    box = black.clipped(one.box, layout.columns, layout.rows)
    if box is None:
        raise Held("pixels_unreadable", "The reader found text outside the picture.")
    return box
