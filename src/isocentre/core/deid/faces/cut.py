"""A cut: the surface in front of which a head is emptied, found once for a series and laid on each of its slices."""

from __future__ import annotations

import json
import zlib
from dataclasses import asdict, dataclass, field
from struct import error, unpack_from

from isocentre.core.deid.faces.geometry import Grid, Plane, Vector

SURFACE_LEFT = 0.02
"""Share of the face's surface that may still be where it was."""
SHAPE_LEFT = 0.35
"""Share of the face's relief (nose, eye sockets, lips, chin) that may be told from the new front."""
_MAGIC = b"isocentre-cut-1\n"


@dataclass(frozen=True, slots=True)
class Cut:
    """Where the face of a head is taken off.

    `centre` and `axes` are the head's own system in the patient's (LPS, mm): unit vectors to its left, its back and
    its top. `depths` says, in steps of `step` mm from `low` (left, top), up to where along the axis to the back all is
    emptied: float32, little-endian, `rows` of `columns`. `fill`: what air looks like, rescaled. `figures`: what was
    measured, for the report. `grid`: the volume it was found in.
    """

    grid: Grid
    centre: Vector
    axes: tuple[Vector, Vector, Vector]
    low: tuple[float, float]
    step: float
    columns: int
    rows: int
    depths: bytes = field(repr=False)
    fill: float
    figures: dict[str, float]

    def dump(self) -> bytes:
        """The cut as bytes, for `parse`."""
        said = json.dumps(asdict(self) | {"depths": ""}).encode()
        return _MAGIC + len(said).to_bytes(4, "little") + said + zlib.compress(self.depths)


def parse(data: bytes) -> Cut:
    """A cut that was dumped; ValueError when it is none."""
    try:
        (size,) = unpack_from("<L", data, len(_MAGIC))
        start = len(_MAGIC) + 4
        said = json.loads(data[start : start + size])
        grid, first = said["grid"], said["grid"]["first"]
        first |= {name: _vector(first[name]) for name in ("origin", "across", "down")}
        said["grid"] = Grid(Plane(**first), _vector(grid["through"]), grid["slices"])
        left, back, top = map(_vector, said["axes"])
        said |= {"axes": (left, back, top), "centre": _vector(said["centre"]), "low": tuple(said["low"])}
        said["depths"] = zlib.decompress(data[start + size :])
        cut = Cut(**said)
    except (error, zlib.error, AttributeError, KeyError, TypeError, ValueError) as wrong:
        raise ValueError("not a cut") from wrong
    if data[: len(_MAGIC)] != _MAGIC or len(cut.depths) != 4 * cut.columns * cut.rows:
        raise ValueError("not a cut")
    return cut


def _vector(values: list[float]) -> Vector:
    return values[0], values[1], values[2]
