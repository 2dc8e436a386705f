"""Is the picture all there, and is there no more? What is missing or too short proves nothing and serves nobody; what
follows the last frame nobody looks at.

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
_TAILS = ("1", "1.1", "1.2", "1.3", "2", "2.1", "2.2", "4", "4.1", "4.3", "4.4", "20", "128", "128.1", "130")
_CHUNK = 1 << 20
_IMAGES = frozenset(STORAGE + tail for tail in _TAILS)
"""Kinds of image that are nothing without a picture (PS3.4 B.5), as far as a profile may let them pass unseen."""


def screen_picture(
    sop_class: str, syntax: str, seen: Mapping[int, bytes], body: Buffer, span: tuple[int, int] | None, little: bool
) -> None:
    """Raise Held for an image without a picture, or with a native one that is shorter than its rows and columns ask
    for, or longer by anything but zeros.

    `seen`: raw values of the top level's elements in `PICTURE_SIZE`; `span`: offset in `body` and bytes of the pixel
    value, None where there is none.
    """
    if span is None:
        if ROWS in seen and sop_class in _IMAGES:
            raise Held("picture", "The image has no picture (pixel data). Send it again from where it is whole.")
        return
    offset, length = span
    needed = _needed(seen, little)
    if syntax not in NATIVE or not needed:
        return
    if length < needed:
        words = f"The picture is cut short: {length:,} bytes of {needed:,}. Send it again from where it is whole."
        raise Held("picture", words)
    # One byte may pad an odd length (PS3.5 8.1.1); its value says nothing.
    after = offset + needed + (needed & 1)
    if not all(_empty(body, at, min(at + _CHUNK, offset + length)) for at in range(after, offset + length, _CHUNK)):
        over = offset + length - after
        raise Held("picture", f"After the last frame the picture goes on for {over:,} bytes, which show nothing.")


def _empty(body: Buffer, start: int, end: int) -> bool:
    return not any(bytes(body[start:end]))


def _needed(seen: Mapping[int, bytes], little: bool) -> int:
    """Bytes of a native pixel value (PS3.3 C.7.6.3); 0 where a part of its size is not said."""
    order: Literal["little", "big"] = "little" if little else "big"
    rows, columns, bits, samples = (
        int.from_bytes(seen.get(tag, b"")[:2], order) for tag in (ROWS, COLUMNS, BITS, SAMPLES)
    )
    said = seen.get(FRAMES, b"").split(b"\\")[0].strip(b" \0")
    frames = int(said) if said.isdigit() and len(said) < 10 else 1
    photometric = seen.get(PHOTOMETRIC, b"").strip(b" \0").decode("ascii", "replace")
    return (frame_bits(rows, columns, max(samples, 1), bits, photometric) * max(frames, 1) + 7) // 8
