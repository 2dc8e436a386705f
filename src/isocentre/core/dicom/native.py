"""Pixels as they are, without compression: the transfer syntaxes that hold them so, and how many bits a frame takes."""

from __future__ import annotations

from isocentre.core.dicom.header import DEFLATED_LE, EXPLICIT_VR_BE, EXPLICIT_VR_LE, IMPLICIT_VR_LE

NATIVE = frozenset({IMPLICIT_VR_LE, EXPLICIT_VR_LE, DEFLATED_LE, EXPLICIT_VR_BE})
_HALVED = frozenset({"YBR_FULL_422", "YBR_PARTIAL_422"})


def frame_bits(rows: int, columns: int, samples: int, bits: int, photometric: str) -> int:
    """Bits of one native frame (PS3.3 C.7.6.3, PS3.5 8.1.1); `bits`: allocated a sample."""
    # Two neighbouring pixels share their colour (PS3.3 C.7.6.3.1.2).
    return rows * columns * bits * (2 if photometric in _HALVED else samples)
