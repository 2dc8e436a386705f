"""Small volumes of slices made byte by byte, and a remover of faces that does what it is told."""

from __future__ import annotations

from struct import pack

from isocentre.core.deid.faces.cut import Cut
from isocentre.core.ports import NoRemover
from support.burned import burned
from support.dicom_bytes import BIG, CT, EXPLICIT, el

ROWS, COLUMNS = 6, 8
RUNS = [(0, 3), (8, 4)]


def values(syntax=EXPLICIT):
    return pack((">" if syntax == BIG else "<") + "48H", *range(1000, 1048))


def slice_of(number=0, syntax=EXPLICIT, place=None, pixels=None, sop_class=CT, origin=None, **changes):
    """One slice of a volume of 80 × 60 × 60 mm, 5 mm apart."""
    geometry = {
        "t00200032": el(0x00200032, "DS", origin or f"-40\\-30\\{5 * number if place is None else place}", syntax),
        "t00200037": el(0x00200037, "DS", "1\\0\\0\\0\\1\\0", syntax),
        "t00280030": el(0x00280030, "DS", "10\\10", syntax),
        "t00281052": el(0x00281052, "DS", "-1024", syntax), "t00281053": el(0x00281053, "DS", "1", syntax),
    }  # fmt: skip
    more = {"frames": 1, "bits": 16} | {
        name: changes.pop(name) for name in list(changes) if name[0] != "t" or name == "without"
    }
    return burned(
        values(syntax) if pixels is None else pixels, syntax=syntax, sop_class=sop_class, rows=ROWS, columns=COLUMNS,
        **{**more, **geometry, **changes},
    )  # fmt: skip


class Taken:
    """Empties the runs it is told, in each slice; finds what it is told, or raises."""

    def __init__(self, runs=RUNS, raises=None, fill=-1000.0, figures=None):
        self.told, self.raises, self.fill, self.seen = runs, raises, fill, []
        self.figures = {"surface_left": 0.0} if figures is None else figures

    def find(self, grid, slices, hounsfield):
        self.seen = list(slices)
        if self.raises:
            raise self.raises
        axes = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
        figures = self.figures | {"hounsfield": float(hounsfield)}
        return Cut(grid, (0.0, 0.0, 0.0), axes, (-40.0, 0.0), 2.0, 2, 1, pack("<2f", -1e6, 4.0), self.fill, figures)

    def runs(self, cut, plane):
        if isinstance(self.raises, NoRemover):
            raise self.raises
        return self.told

    def show(self, cut, slices, hounsfield):
        if self.raises:
            raise self.raises
        return b"PNG" + bytes(str(len(list(slices))), "ascii")
