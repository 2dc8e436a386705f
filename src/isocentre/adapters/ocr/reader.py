"""Find text in pictures with rapidocr: one look for places in any direction, then each place is read eight ways.

The models lie in rapidocr's wheel and are named by path, so that nothing is ever fetched.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from isocentre.core.deid.pixels.layout import Layout
from isocentre.core.ports import FoundText, NoReader

TILE, OVERLAP = 1280, 96
"""Longest side, in pixels, that is looked at in one piece; larger frames are also looked at in overlapping tiles."""
SCALES = (1.0, 0.5, 2.0)
"""A frame is looked at as it is, at half its size (large letters on grainy ground) and enlarged (small ones)."""
LARGEST = 1600
"""Longest side, in pixels, that a frame is enlarged to."""
UNREAD = 0.35
"""A place that reads this badly in all eight ways, and looked little like text, is none."""
DOUBTFUL = 0.6
SHAPE, SHARE = 96, 0.4
"""A box whose shorter side is over so many pixels, or over this share of the frame's, read as a letter or two, is a
shape (a body, a bone), no text. The share is for frames of few pixels (PET, diffusion): a head fills one like an O."""
_MODELS = {"Det": "PP-OCRv6_det_small.onnx", "Rec": "PP-OCRv6_rec_small.onnx"}


@dataclass(slots=True)
class Reader:
    """Implements `TextFinder`. The models are loaded with the first frame; `folder`: where else to look for them."""

    threads: int = 1
    folder: Path | None = None
    _engine: Any = None

    def find(self, layout: Layout, data: bytes) -> list[FoundText]:
        """See the port."""
        seen: list[FoundText] = []
        shape = min(SHAPE, SHARE * min(layout.rows, layout.columns))
        for number, picture in enumerate(shown(layout, data)):
            for one in self._pieces(picture, SCALES[: 2 if number else 3], shape):
                if not any(_within(one.box, other.box) for other in seen):
                    seen.append(one)
        return seen

    def _pieces(self, picture: Any, scales: tuple[float, ...], shape: float) -> list[FoundText]:
        rows, columns = picture.shape[:2]
        longest = max(rows, columns)
        if longest <= TILE:
            sizes = (min(scale, LARGEST / longest) for scale in scales)
            return [one for size in sizes for one in self._look(picture, size, 0, 0, shape)]
        found = [one for part in (1, 2) for one in self._look(picture, TILE / longest / part, 0, 0, shape)]
        step = TILE - OVERLAP
        for top in range(0, max(rows - OVERLAP, 1), step):
            for left in range(0, max(columns - OVERLAP, 1), step):
                found += self._look(picture[top : top + TILE, left : left + TILE], 1.0, left, top, shape)
        return found

    def _look(self, picture: Any, scale: float, left: int, top: int, shape: float) -> list[FoundText]:
        import cv2

        engine = self._loaded()
        rows, columns = picture.shape[:2]
        size = (max(round(columns * scale), 32), max(round(rows * scale), 32))
        way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
        image = cv2.resize(picture, size, interpolation=way) if size != (columns, rows) else picture
        detector = engine._load_det_model()
        detector.limit_side_len = max(size)
        places = detector(image)
        if places.boxes is None:
            return []
        out: list[FoundText] = []
        for quad, score in zip(places.boxes, places.scores, strict=True):
            text, confidence = self._read(image, quad)
            if confidence < UNREAD and score < DOUBTFUL:
                continue
            if len(text) <= 2 and min(quad.max(axis=0) - quad.min(axis=0)) > shape * scale:
                continue
            across, down = size[0] / columns, size[1] / rows
            low = np.floor(quad.min(axis=0) / (across, down)).astype(int) - 1
            high = np.ceil(quad.max(axis=0) / (across, down)).astype(int) + 1
            box = (max(int(low[0]), 0), max(int(low[1]), 0), min(int(high[0]), columns), min(int(high[1]), rows))
            out.append(FoundText((box[0] + left, box[1] + top, box[2] + left, box[3] + top), text, confidence))
        return out

    def _read(self, image: Any, quad: Any) -> tuple[str, float]:
        """The best of eight readings: four rotations, each also mirrored; letters stand along the longer side."""
        from rapidocr.ch_ppocr_rec import TextRecInput

        low = np.maximum(np.floor(quad.min(axis=0)).astype(int), 0)
        high = np.ceil(quad.max(axis=0)).astype(int) + 1
        crop = image[low[1] : high[1], low[0] : high[0]]
        turns = (1, 3) if crop.shape[0] > 1.5 * crop.shape[1] else (0, 2)
        if crop.shape[0] < 1.5 * crop.shape[1] and crop.shape[1] < 1.5 * crop.shape[0]:
            turns = (0, 1, 2, 3)  # type: ignore[assignment] # a letter or two: no side is the longer one
        ways = [np.ascontiguousarray(side) for turn in turns for side in _sides(np.rot90(crop, turn))]
        result = self._loaded()._load_rec_model()(TextRecInput(img=ways, return_word_box=False))
        texts = zip(result.txts or (), result.scores or (), strict=True)
        text, confidence = max(texts, key=lambda one: float(one[1]), default=("", 0.0))
        return str(text), float(confidence)

    def _loaded(self) -> Any:
        if self._engine is None:
            self._engine = _engine(self.folder, self.threads)
        return self._engine


def _sides(crop: Any) -> tuple[Any, Any]:
    return crop, crop[:, ::-1]


def _engine(folder: Path | None, threads: int) -> Any:
    """The reader with its models by path; NoReader when one is missing: it would fetch it."""
    try:
        import rapidocr
    except ImportError:
        raise NoReader("rapidocr is not installed") from None
    models = folder or Path(rapidocr.__file__).parent / "models"
    paths = {kind: models / name for kind, name in _MODELS.items()}
    for path in paths.values():
        if not path.is_file():
            raise NoReader(f"the model {path.name} is missing")
    wanted: dict[str, Any] = {f"{kind}.model_path": str(path) for kind, path in paths.items()}
    wanted |= {
        "EngineConfig.onnxruntime.intra_op_num_threads": threads,
        "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        "Global.log_level": "critical", "Det.limit_type": "max", "Det.box_thresh": 0.35, "Det.thresh": 0.2,
    }  # fmt: skip
    try:
        return rapidocr.RapidOCR(params=wanted)
    except (ImportError, OSError, ValueError, RuntimeError) as error:
        raise NoReader(f"the reader does not start ({type(error).__name__})") from None


def shown(layout: Layout, data: bytes) -> list[Any]:
    """A native frame as 8-bit RGB pictures, (rows, columns, 3): one, or two spreads of grey when it is deeper."""
    if layout.samples == 3:
        return [_colour(layout, data)]
    kind = {8: "u1", 16: "u2"}[layout.bits].replace("u", "i" if layout.signed else "u")
    pixels = np.frombuffer(data, ("<" if layout.little else ">") + kind).reshape(layout.rows, layout.columns)
    if layout.palette is not None:
        table = layout.palette
        index = np.clip(pixels.astype(np.int32) - table.first, 0, len(table.red) - 1)
        high = [np.asarray(part, np.uint16) >> (table.bits - 8) for part in (table.red, table.green, table.blue)]
        return [np.stack([part.astype(np.uint8)[index] for part in high], axis=-1)]
    if layout.bits == 8 and not layout.signed:
        return [_three(pixels)]
    values = pixels.astype(np.float32)
    spreads = [(float(values.min()), float(values.max())), *(tuple(map(float, np.percentile(values, (1, 99)))),)]
    pictures = [_three(_spread(values, low, high)) for low, high in spreads if high > low]
    return pictures or [_three(np.zeros(values.shape, np.uint8))]


def _spread(values: Any, low: float, high: float) -> Any:
    return (np.clip((values - low) / (high - low), 0, 1) * 255).astype(np.uint8)


def _three(grey: Any) -> Any:
    return np.ascontiguousarray(np.repeat(grey[:, :, None], 3, axis=2))


def _eight(layout: Layout, data: bytes) -> Any:
    """The samples of a deeper colour picture in 8 bits, as a screen shows them."""
    deep = np.frombuffer(data, ("<" if layout.little else ">") + "u2")
    return (deep >> max(layout.stored - 8, 0)).astype(np.uint8)


def _colour(layout: Layout, data: bytes) -> Any:
    flat = np.frombuffer(data, np.uint8) if layout.bits == 8 else _eight(layout, data)
    if layout.halved:
        pairs = flat.reshape(layout.rows, layout.columns // 2, 4)
        pixels = np.empty((layout.rows, layout.columns, 3), np.uint8)
        pixels[:, 0::2, 0], pixels[:, 1::2, 0] = pairs[..., 0], pairs[..., 1]
        pixels[..., 1], pixels[..., 2] = (np.repeat(pairs[..., at], 2, axis=1) for at in (2, 3))
    elif layout.planar:
        pixels = flat.reshape(3, layout.rows, layout.columns).transpose(1, 2, 0)
    else:
        pixels = flat.reshape(layout.rows, layout.columns, 3)
    if layout.photometric == "RGB":
        return np.ascontiguousarray(pixels)
    y, cb, cr = (pixels[..., at].astype(np.float32) for at in range(3))
    rgb = (y + 1.402 * (cr - 128), y - 0.344136 * (cb - 128) - 0.714136 * (cr - 128), y + 1.772 * (cb - 128))
    return np.clip(np.stack(rgb, axis=-1), 0, 255).astype(np.uint8)


def _within(one: tuple[int, int, int, int], other: tuple[int, int, int, int]) -> bool:
    """Whether nearly all of one box lies in the other: the same text, seen again in another tile or spread."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    if width <= 0 or height <= 0:
        return False
    return width * height >= 0.95 * (one[2] - one[0]) * (one[3] - one[1])
