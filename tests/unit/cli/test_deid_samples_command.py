"""`isocentre deid` where a sample of pictures is read: all of it before anything is written, whatever comes first."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pydicom
import pytest
import typer
from support.burned import GREY, Pulled, Told, blacked, burned, text
from support.dicom_bytes import CT, el
from typer.testing import CliRunner

from isocentre.cli import deid, deid_files, deid_samples, keygen
from isocentre.core.deid.engine import PixelCleaner
from isocentre.core.deid.pixels.where import turn
from isocentre.profiles import load

RUNNER = CliRunner()
SAMPLE = load("trial-ct-mr").sample
NAME = text(2, 3, 8, 6)


class Only(Told):
    """Finds its text in pictures that begin with this byte."""

    first = 77

    def find(self, layout: Any, data: bytes) -> Any:
        found = super().find(layout, data)
        return found if data[0] == self.first else []


def numbers(wanted: bool, count: int) -> list[int]:
    """Numbers of images that are in the sample by their UID, or in none."""
    return [n for n in range(10, 5000) if (turn(f"1.2.3.{n}".encode(), SAMPLE) == 0) == wanted][:count]


def slice_of(number: int, series: str = "1.2.3.2", first: int = 1, **more: bytes) -> bytes:
    return burned(bytes([first]) + GREY[1:], sop_class=CT, t00080018=el(0x00080018, "UI", f"1.2.3.{number}"),
                  t0020000E=el(0x0020000E, "UI", series), t00180015=el(0x00180015, "CS", "CHEST"), **more)  # fmt: skip


@pytest.fixture
def cleaner(monkeypatch: pytest.MonkeyPatch) -> PixelCleaner:
    """What cleans pictures in this process."""
    made = PixelCleaner(Only(NAME), Pulled())
    for module in (deid_files, deid_samples):
        monkeypatch.setattr(module, "pixels", lambda: made)
    deid_files._found.cache_clear()
    return made


def run(folder: Path, *more: str) -> dict[str, Any]:
    """The report of a run over `in`."""
    key, report = folder / "study.key", folder / "report.json"
    if not key.exists():
        keygen.make(key)
    args = ["deid", str(folder / "in"), str(folder / "out"), "--profile", "trial-ct-mr", "--key-file", str(key)]
    app = typer.Typer()
    deid.register(app)
    keygen.register(app)
    RUNNER.invoke(app, [*args, "--report", str(report), "--jobs", "1", *more])
    return {one["source"]: one for one in json.loads(report.read_text())["files"]}


def put(folder: Path, **files: bytes) -> None:
    (folder / "in").mkdir(exist_ok=True)
    for name, data in files.items():
        (folder / "in" / name).write_bytes(data)


def test_the_whole_sample_is_read_before_anything_is_written(tmp_path: Path, cleaner: PixelCleaner) -> None:
    early, late = numbers(False, 3), numbers(True, 1)[0]
    put(tmp_path, a=slice_of(early[0]), b=slice_of(early[1], first=77), z=slice_of(late, first=77))
    put(tmp_path, other1=slice_of(early[0] + 6000, "1.2.3.9"), other2=slice_of(early[2], "1.2.3.9", first=77))
    rows = run(tmp_path)
    assert {row["status"] for row in rows.values()} == {"done"}
    assert "pixels" not in rows["a"]
    assert rows["b"]["pixels"] == rows["z"]["pixels"] == [{"frame": 1, "box": list(NAME.box), "why": "text"}]
    black = blacked(bytes([77]) + GREY[1:], 1, NAME.box)
    assert pydicom.dcmread(tmp_path / "out" / "b").PixelData == black
    # Of the other series one picture was read, without text: the one that has some is in no sample.
    assert "pixels" not in rows["other2"]
    ds = pydicom.dcmread(tmp_path / "out" / "other2")
    assert "113101" not in [item.CodeValue for item in ds.DeidentificationMethodCodeSequence]


def test_what_is_done_is_not_read_again(tmp_path: Path, cleaner: PixelCleaner) -> None:
    first, second = numbers(False, 2)
    put(tmp_path, a=slice_of(first))
    run(tmp_path)
    before = cleaner.finder.read
    run(tmp_path)
    assert cleaner.finder.read == before == 1
    cleaner.series.clear()
    put(tmp_path, b=slice_of(second))
    run(tmp_path)
    assert cleaner.finder.read == 2


def test_a_picture_that_cannot_be_read_is_held_and_another_is_read_for_its_series(
    tmp_path: Path, cleaner: PixelCleaner
) -> None:
    first, second = numbers(False, 2)
    broken = slice_of(first, t00280101=el(0x00280101, "US", b"\x20\0"))
    put(tmp_path, a=broken, b=slice_of(second), c=b"no DICOM", d=slice_of(second + 9000, frames=2))
    rows = run(tmp_path)
    assert (rows["a"]["status"], rows["a"]["reason"]) == ("held", "pixels_unreadable")
    assert (rows["b"]["status"], cleaner.finder.read) == ("done", 1)
    assert rows["d"]["reason"] == "pixels_unreadable"


def test_text_that_stays_has_the_whole_series_read(tmp_path: Path, cleaner: PixelCleaner) -> None:
    first, second = numbers(False, 2)
    cleaner.finder.stubborn = True
    put(tmp_path, a=slice_of(first, first=77), b=slice_of(second))
    rows = run(tmp_path)
    assert (rows["a"]["reason"], rows["b"]["status"]) == ("pixel_text", "done")
    ds = pydicom.dcmread(tmp_path / "out" / "b")
    assert "113101" in [item.CodeValue for item in ds.DeidentificationMethodCodeSequence]
