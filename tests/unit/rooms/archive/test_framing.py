"""Frames of stored objects: found without reading the others, drawn alone, and clear words where there is none."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.test import Client
from PIL import Image
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from support.archive_book import MemoryBlobs, put, signed_in
from support.dicom_bytes import JPEG

from isocentre.rooms.archive import framing, ports
from isocentre.rooms.archive.models import Instance

pytestmark = pytest.mark.usefixtures("archive")
ONE = "/dicomweb/studies/2.25.10/series/2.25.10.1/instances/2.25.10.1.1"
OCTETS = {"Accept": "application/octet-stream"}


@pytest.fixture
def core() -> Client:
    return signed_in("imaging_core")


def body(answer: Any) -> bytes:
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content)


def jpeg(value: int) -> bytes:
    out = io.BytesIO()
    Image.new("L", (16, 8), value).save(out, "JPEG", quality=95)
    return out.getvalue()


@pytest.mark.parametrize("frames", ["0", "5"])
def test_an_object_without_pixels_has_no_frames_and_no_picture(core: Client, frames: str) -> None:
    put("10.1.1", PixelData=b"", NumberOfFrames=frames)
    for path in ("frames/1", "frames/1,1"):
        answer = core.get(f"{ONE}/{path}")
        assert answer.status_code == 404
        assert "holds no pixels" in answer.content.decode()
    assert core.get(f"{ONE}/frames/9").status_code == 400
    for path in ("rendered", "thumbnail", "frames/1/rendered"):
        answer = core.get(f"{ONE}/{path}")
        assert answer.status_code == 406, path
        assert "without a frame" in answer.content.decode()
    [described] = core.get(f"{ONE}/metadata").json()
    assert described["00280008"]["Value"] == [int(frames)]
    assert b"/rendered" not in core.get("/archive/2.25.10/2.25.10.1/2.25.10.1.1").content


class Counted(MemoryBlobs):
    """Counts the bytes that are asked for."""

    bytes = 0

    def read(self, key: str, start: int = 0, length: int | None = None) -> Any:
        for chunk in super().read(key, start, length):
            self.bytes += len(chunk)
            yield chunk


def test_a_picture_and_a_frame_read_no_other_frame(core: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted()
    filled = ports.ports()
    monkeypatch.setattr(ports, "_filled", [ports.Ports(counted, filled.renderer, filled.second_check)])
    put("10.1.1", frames=1000, level=1)
    whole = Instance.objects.get().size
    assert whole > 256_000
    assert body(core.get(f"{ONE}/frames/1000", headers=OCTETS)) == (1000).to_bytes(2, "little") * 128
    assert core.get(f"{ONE}/frames/500/rendered").status_code == 200
    assert counted.bytes < 5000


def test_a_frame_is_drawn_by_its_own_functional_groups(core: Client) -> None:
    groups = []
    for intercept in (0, 20):
        values, group = Dataset(), Dataset()
        values.RescaleIntercept, values.RescaleSlope, values.RescaleType = intercept, 1, "US"
        group.PixelValueTransformationSequence = [values]
        groups.append(group)
    put("10.1.1", frames=2, level=30, PerFrameFunctionalGroupsSequence=groups)
    shown = [core.get(f"{ONE}/frames/{n}/rendered", headers={"Accept": "image/png"}).content for n in (1, 2)]
    grey = [Image.open(io.BytesIO(each)).getpixel((0, 0)) for each in shown]
    assert [round((g / 255 - 0.5) * 100 + 49.5) for g in grey if isinstance(g, int)] == [30, 51]


def test_frames_of_one_bit_a_pixel_that_share_a_byte_are_drawn_from_the_whole(core: Client) -> None:
    bits = {"BitsAllocated": 1, "BitsStored": 1, "HighBit": 0, "PixelRepresentation": 0, "Rows": 3, "Columns": 3}
    put("10.1.1", frames=2, PixelData=b"\0\xfe\3\0", WindowCenter=1, WindowWidth=1, **bits)
    shown = [core.get(f"{ONE}/frames/{n}/rendered", headers={"Accept": "image/png"}).content for n in (1, 2)]
    assert [Image.open(io.BytesIO(each)).getextrema() for each in shown] == [(0, 0), (255, 255)]


@pytest.mark.parametrize("has_bot", [True, False])
def test_encapsulated_frames_with_and_without_a_table(core: Client, has_bot: bool) -> None:
    frames = [jpeg(value) for value in (10, 120, 240)]
    put("10.1.1", frames=3, syntax=JPEG, BitsAllocated=8, BitsStored=8, HighBit=7, PixelRepresentation=0,
        PixelData=encapsulate(frames, has_bot=has_bot), WindowWidth=256, WindowCenter=128)  # fmt: skip
    for number in (3, 1):
        got = body(core.get(f"{ONE}/frames/{number}", headers={"Accept": "image/jpeg"}))
        assert got.rstrip(b"\0") == frames[number - 1]
        shown = core.get(f"{ONE}/frames/{number}/rendered", headers={"Accept": "image/png"})
        grey = Image.open(io.BytesIO(shown.content)).getpixel((0, 0))
        assert isinstance(grey, int)
        assert abs(grey - (10, 120, 240)[number - 1]) < 4


@pytest.mark.parametrize(("asked", "status"), [(JPEG, 200), ("*", 200), ("1.2.840.10008.1.2.1", 406)])
def test_a_compressed_frame_is_sent_in_its_own_syntax_alone(core: Client, asked: str, status: int) -> None:
    put("10.1.1", syntax=JPEG, PixelData=encapsulate([jpeg(10)]))
    for kind in ("application/octet-stream", "image/jpeg"):
        accept = f'multipart/related; type="{kind}"; transfer-syntax={asked}'
        assert core.get(f"{ONE}/frames/1", headers={"Accept": accept}).status_code == status


@pytest.mark.parametrize("asked", ["1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "*"])
def test_a_little_endian_frame_is_the_same_in_either_vr_and_in_no_other_syntax(core: Client, asked: str) -> None:
    put("10.1.1")
    accept = f"application/octet-stream; transfer-syntax={asked}"
    assert len(body(core.get(f"{ONE}/frames/1", headers={"Accept": accept}))) > 0
    refused = core.get(f"{ONE}/frames/1", headers={"Accept": f"image/jpeg; transfer-syntax={JPEG}"})
    assert refused.status_code == 406


def test_the_places_of_frames_are_found_once(monkeypatch: pytest.MonkeyPatch) -> None:
    framing._remembered.cache_clear()
    put("10.1.1", frames=3, syntax=JPEG, PixelData=encapsulate([b"ab", b"cd", b"ef"], has_bot=False))
    one = Instance.objects.get()
    assert [len(places) for places in framing.spans(one, [1, 2])] == [1, 1]
    monkeypatch.setattr(ports, "_filled", [])
    monkeypatch.setattr(framing.frames, "by_table", lambda *args: None)
    monkeypatch.setattr(framing, "_reader", lambda key: None)
    assert framing.spans(one, [3])[0][0].length == 2
    monkeypatch.setattr(framing, "REMEMBERED", 2)
    with pytest.raises(TypeError):
        framing.spans(one, [3])
