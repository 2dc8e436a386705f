"""Read an object for judging: every value by its path, all text in one place, the picture. By pydicom, never by the
engine's own walker: what one misreads the other may see."""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from isocentre.core.score.text import folded

if TYPE_CHECKING:
    from pydicom.dataset import Dataset

_PICTURES = (0x7FE00008, 0x7FE00009, 0x7FE00010)
_LONGEST = 1 << 16
_ITEM = re.compile(r"\[(\d+)\]")
_DIGESTS = {32: "md5", 64: "sha256"}


class Unreadable(ValueError):
    """The bytes are no DICOM object."""


@dataclass
class Found:
    """An object as it was found: text and VR by path, in order; `outside` are the bytes outside the picture.

    `name` is that of its file, folders too, where it is known: it must not tell of anybody either.
    """

    dataset: Dataset = field(repr=False)
    outside: bytes = field(repr=False)
    name: str = ""
    values: dict[str, str] = field(default_factory=dict)
    vrs: dict[str, str] = field(default_factory=dict)

    @property
    def sop_instance_uid(self) -> str:
        """Its SOP instance UID, empty when it has none."""
        return self.values.get("(0008,0018)", "")

    def at(self, path: str) -> str | None:
        """The text at a path, None when nothing is there; `[*]` joins what is found in any item."""
        if "[*]" not in path:
            return self.values.get(path)
        plain = {there: _ITEM.sub("[*]", there) for there in self.values}
        hits = [self.values[there] for there, shape in plain.items() if shape == path]
        return "\\".join(hits) if hits else None

    @cached_property
    def everything(self) -> str:
        """Its name, every value, and the bytes outside the picture read as one and as two bytes a character, folded."""
        codecs = ("utf-8", "latin-1", "utf-16-le", "utf-16-be")
        raw = [self.outside.decode(codec, "replace") for codec in codecs]
        return folded("\n".join([self.name.replace("_", " "), *self.values.values(), *raw]))

    def digest(self, like: str) -> str:
        """Digest of the bytes of the picture, by the algorithm that the length of `like` tells; empty without one."""
        for tag in _PICTURES:
            if tag in self.dataset:
                value = self.dataset.get_item(tag).value
                return hashlib.new(_DIGESTS.get(len(like), "sha256"), value or b"").hexdigest()
        return ""

    def pixels(self) -> Any:
        """The decoded picture as an array; raises what pydicom raises when it cannot be decoded.

        Its colours are as they are stored: made into RGB, one picture would differ by the codec that made it so.
        """
        from pydicom.pixels.utils import pixel_array

        with _quiet():
            return pixel_array(self.dataset, raw=True)


def read(data: bytes, name: str = "") -> Found:
    """Read a Part 10 object; Unreadable when it is none. No value is judged, and a bad one is shown as its bytes."""
    from pydicom import dcmread
    from pydicom.errors import InvalidDicomError

    try:
        with _quiet():
            dataset = dcmread(io.BytesIO(data))
            found = Found(dataset, _outside(data, dataset), name)
            _walk(dataset, "", found)
    except (InvalidDicomError, OSError, ValueError, KeyError, AttributeError, RecursionError) as error:
        raise Unreadable(type(error).__name__) from error
    return found


def path_of(dataset: Dataset, tag: int) -> str:
    """How an element of this data set is named in a path: private ones by creator, never by block."""
    group, element = tag >> 16, tag & 0xFFFF
    if group & 1 and element > 0xFF:
        creator = dataset.get((group, element >> 8))
        if creator is not None:
            return f'({group:04X},"{str(creator.value).strip().upper()}",{element & 0xFF:02X})'
    return f"({group:04X},{element:04X})"


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pydicom, about values in real files that break the rules of their VR
        yield


def _walk(dataset: Dataset, before: str, found: Found) -> None:
    for tag in sorted(dataset.keys()):
        if int(tag) in _PICTURES:
            continue
        path = before + path_of(dataset, int(tag))
        vr, value = _value(dataset, int(tag))
        found.vrs[path] = vr
        if vr != "SQ":
            found.values[path] = _shown(value)
            continue
        found.values[path] = f"{len(value)} items" if value else ""
        for number, item in enumerate(value or ()):
            _walk(item, f"{path}[{number}]", found)


def _value(dataset: Dataset, tag: int) -> tuple[str, Any]:
    from pydicom.errors import BytesLengthException

    raw = dataset.get_item(tag)
    try:
        element = dataset[tag]
        return str(element.VR), element.value
    except (BytesLengthException, ValueError, TypeError, NotImplementedError, AttributeError, OverflowError, KeyError):
        return str(raw.VR or "UN"), raw.value


def _shown(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes):
        if len(value) > _LONGEST:
            return "sha256:" + hashlib.sha256(value).hexdigest()
        return value.rstrip(b"\0 ").decode("latin-1")
    if isinstance(value, str) or not hasattr(value, "__iter__") or hasattr(value, "components"):
        return str(value).strip("\0 ")
    return "\\".join(_shown(one) for one in value)


def _outside(data: bytes, dataset: Dataset) -> bytes:
    for tag in _PICTURES:
        raw: Any = dataset.get_item(tag) if tag in dataset else None
        start = getattr(raw, "value_tell", None)
        if raw is not None and start is not None:
            return data[:start] + data[start + len(raw.value or b"") :]
    return data
