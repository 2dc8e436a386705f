"""Faces of heads: `Late` finds and removes them with numpy and scipy, loaded with the first head."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from isocentre.adapters.ocr import pixel_decoder
from isocentre.core.deid.faces.clean import FaceCleaner
from isocentre.core.deid.faces.cut import Cut
from isocentre.core.deid.faces.geometry import Grid, Plane
from isocentre.core.ports import NoRemover, Slice


@dataclass(slots=True)
class Late:
    """Implements `FaceRemover` with what takes long to load, on first use."""

    remover: Any = None

    def find(self, grid: Grid, slices: Iterable[Slice], hounsfield: bool) -> Cut:
        """See the port; NoRemover when the packages are not installed."""
        cut: Cut = self._loaded().find(grid, slices, hounsfield)
        return cut

    def runs(self, cut: Cut, plane: Plane) -> list[tuple[int, int]]:
        """See the port; NoRemover when the packages are not installed."""
        runs: list[tuple[int, int]] = self._loaded().runs(cut, plane)
        return runs

    def show(self, cut: Cut, slices: Iterable[Slice], hounsfield: bool) -> bytes:
        """See the port; NoRemover when the packages are not installed."""
        made: bytes = self._loaded().show(cut, slices, hounsfield)
        return made

    def _loaded(self) -> Any:
        if self.remover is None:
            try:
                from isocentre.adapters.faces.remover import Remover
            except ImportError:
                raise NoRemover("what removes faces is not installed") from None
            self.remover = Remover()
        return self.remover


def face_cleaner() -> FaceCleaner:
    """Takes faces out of heads; loads what it needs with the first one."""
    return FaceCleaner(Late(), pixel_decoder())
