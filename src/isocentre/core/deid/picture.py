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
_TAILS = ("1", "1.1", "1.2", "1.3", "2", "2.1", "2.2", "4", "4.1", "4.3", "4.4", "20", "128", "128.1", "130")
_IMAGES = frozenset(STORAGE + tail for tail in _TAILS)
"""Kinds of image that are nothing without a picture (PS3.4 B.5), as far as a profile may let them pass unseen."""


def screen_picture(
    sop_class: str, syntax: str, seen: Mapping[int, bytes], length: int | None, little: bool
) -> None:  # fmt: skip
    """Raise Held for an image without a picture, or with a native one shorter than its rows and columns ask for.

    `seen`: raw values of the top level's elements in `PICTURE_SIZE`; `length`: bytes of the pixel value, None where
    there is none.
    """
    if length is None:
        if ROWS in seen and sop_class in _IMAGES:
            raise Held("picture", "The image has no picture (pixel data). Send it again from where it is whole.")
        return
    if syntax in NATIVE and length < (needed := _needed(seen, little)):
        words = f"The picture is cut short: {length:,} bytes of {needed:,}. Send it again from where it is whole."
        raise Held("picture", words)


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


def screen_rest(syntax: str, seen: Mapping[int, bytes], body: Buffer, span: tuple[int, int], little: bool) -> None:
    """Raise Held when a native picture goes on after its last frame by anything but zeros: nobody ever looks there.

    `span`: offset in `body` and bytes of the pixel value.
    """
    needed = _needed(seen, little)
    if syntax not in NATIVE or not needed:
        return
    # One byte may pad an odd length (PS3.5 8.1.1); its value says nothing.
    begin, end = span[0] + needed + (needed & 1), span[0] + span[1]
    if any(any(bytes(body[at : min(at + _CHUNK, end)])) for at in range(begin, end, _CHUNK)):
        over = end - begin
        raise Held("picture", f"After the last frame the picture goes on for {over:,} bytes, which show nothing.")
