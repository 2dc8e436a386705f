"""Letters for made-up pictures that have text burned in, as an ultrasound scanner writes it: 5 × 7 dots each."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

# Of each letter its five columns, the lowest bit on top.
_FONT = """
A7E1111117E B7F49494936 C3E41414122 D7F4141221C E7F49494941 F7F09090901 G3E4149497A H7F0808087F I00417F4100
J2040413F01 K7F08142241 L7F40404040 M7F020C027F N7F0408107F O3E4141413E P7F09090906 Q3E4151215E R7F09192946
S4649494931 T01017F0101 U3F4040403F V1F2040201F W3F4038403F X6314081463 Y0708700807 Z6151494543
03E5149453E 100427F4000 24261514946 32141454B31 41814127F10 52745454539 63C4A494930 70171090503 83649494936
90649492A1E .0060600000 /2010080402 -0808080808
"""
_LETTERS = {word[0]: bytes.fromhex(word[1:]) for word in _FONT.split()}
WIDE, HIGH = 6, 7
"""Dots that a letter takes across, the gap included, and down."""


def write(picture: npt.NDArray[np.int16], text: str, row: int, column: int, scale: int, value: int) -> None:
    """Write capitals, digits and a few signs into a picture (rows, columns) from a corner on, `scale` pixels a dot."""
    for number, letter in enumerate(text):
        for across, bits in enumerate(_LETTERS.get(letter, b"")):
            for down in range(HIGH):
                if bits >> down & 1:
                    top, left = row + down * scale, column + (number * WIDE + across) * scale
                    picture[top : top + scale, left : left + scale] = value
