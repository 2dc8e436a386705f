"""Is the picture all there? An image whose pixel value is missing or too short proves nothing and serves nobody.

Native pixel values only (PS3.5 section 8.1.1): how many bytes an encapsulated one needs, only its decoder can say.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from isocentre.core.deid.rules import PICTURE_SIZE, Held
from isocentre.core.deid.screen import STORAGE
from isocentre.core.dicom.native import NATIVE, frame_bits
from isocentre.core.dicom.walk import Buffer

SAMPLES, PHOTOMETRIC, FRAMES, ROWS, COLUMNS, BITS = PICTURE_SIZE
_CHUNK = 1 << 20
_TAILS = (
    "1", "1.1", "1.1.1", "1.2", "1.2.1", "1.3", "1.3.1", "13.1.3", "2", "2.1", "2.2", "4", "4.1", "4.3", "4.4", "20",
    "128", "128.1", "130",
)  # fmt: skip
_IMAGES = frozenset(STORAGE + tail for tail in _TAILS)
"""Kinds of image that are nothing without a picture (PS3.4 B.5), as far as a profile may let them pass unseen.

Not among them: what has rows and no pixels (spectroscopy, 4.2), reports, presentation states, structures, raw data.
"""
_AGAIN = "Send it again from where it is whole."


def screen_picture(
    sop_class: str, syntax: str, seen: Mapping[int, bytes], length: int | None, little: bool
) -> None:  # fmt: skip
    """Raise Held for an image without a picture, for one whose size is not said, or a native one shorter than its size.

    `seen`: raw values of the top level's elements in `PICTURE_SIZE`; `length`: bytes of the pixel value, None where
    there is none. What holds pixels of any kind, floating point too, must say their size (PS3.3 C.7.6.3, C.7.6.24).
    """
    if length is None:
        if sop_class in _IMAGES:
            raise Held("picture", f"The image has no picture (pixel data). {_AGAIN}")
        return
    needed = _needed(seen, little)
    if syntax in NATIVE and length < needed:
        raise Held("picture", f"The picture is cut short: {length:,} bytes of {needed:,}. {_AGAIN}")


def _needed(seen: Mapping[int, bytes], little: bool) -> int:
    """Bytes of a native pixel value (PS3.3 C.7.6.3); Held where a part of its size is not said, or cannot be."""
    order: Literal["little", "big"] = "little" if little else "big"
    rows, columns, bits, samples = (
        int.from_bytes(seen.get(tag, b"")[:2], order) for tag in (ROWS, COLUMNS, BITS, SAMPLES)
    )
    named = (("Rows", rows), ("Columns", columns), ("Bits Allocated", bits))
    if unsaid := [name for name, value in named if not value]:
        raise Held("picture", f"The picture's size is not said: {', '.join(unsaid)} missing or 0. {_AGAIN}")
    photometric = seen.get(PHOTOMETRIC, b"").strip(b" \0").decode("ascii", "replace")
    return (frame_bits(rows, columns, max(samples, 1), bits, photometric) * _frames(seen) + 7) // 8


def _frames(seen: Mapping[int, bytes]) -> int:
    """Number of Frames (0028,0008), one where it is absent or empty; Held where it is no number, or none at all."""
    said = seen.get(FRAMES, b"").strip(b" \0").removeprefix(b"+")
    if not said:
        return 1
    frames = int(said) if said.isdigit() and len(said) < 10 else 0
    if not frames:
        raise Held("picture", f"The picture's size is not said: Number of Frames is no number over 0. {_AGAIN}")
    return frames


def screen_rest(syntax: str, seen: Mapping[int, bytes], body: Buffer, span: tuple[int, int], little: bool) -> None:
    """Raise Held when a native picture goes on after its last frame by anything but zeros: nobody ever looks there.

    `span`: offset in `body` and bytes of the pixel value.
    """
    if syntax not in NATIVE:
        return
    needed = _needed(seen, little)
    # One byte may pad an odd length (PS3.5 8.1.1); its value says nothing.
    begin, end = span[0] + needed + (needed & 1), span[0] + span[1]
    if any(any(bytes(body[at : min(at + _CHUNK, end)])) for at in range(begin, end, _CHUNK)):
        over = end - begin
        raise Held("picture", f"After the last frame the picture goes on for {over:,} bytes, which show nothing.")
