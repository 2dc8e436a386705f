"""JSON metadata of instances from their blobs' heads; that of a series is kept gzipped and sent as it is."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from django.db.models import F

from isocentre.core.actor import Actor
from isocentre.core.dicom import dictionary
from isocentre.core.dicom.header import encoding_of, is_deflated, read_header
from isocentre.core.dicom.part10 import file_meta
from isocentre.core.dicom.walk import Encoding, MalformedDicom
from isocentre.core.dicomweb.errors import Missing
from isocentre.core.dicomweb.json_model import BulkUri, Json, dataset, find_value, little, pieces, vr_of
from isocentre.core.dicomweb.mapped import Change, rewritten
from isocentre.core.ports import Blobs
from isocentre.rooms.archive.models import Instance, Series, SeriesMetadata
from isocentre.rooms.archive.scoping import visible

MAX_HEAD = 256 * 1024 * 1024
ROOT = "/dicomweb"
"""Addresses in answers are relative to the origin: they hold whatever name the platform is reached by, never Host."""


class Head:
    """The bytes of one object before its pixel value, and where the data set lies in them."""

    def __init__(self, instance: Instance, blobs: Blobs) -> None:
        """Reads the blob's head; MalformedDicom when what would have to be held is over 256 MiB."""
        self.encoding: Encoding = encoding_of(instance.transfer_syntax)
        deflated = is_deflated(instance.transfer_syntax)
        length = instance.size if deflated or instance.pixel_offset is None else instance.pixel_offset
        if length > MAX_HEAD:
            raise MalformedDicom("header", "it is too big to be read at once")
        self.buffer: Any = b"".join(blobs.read(instance.blob_key, 0, length))
        self.start, self.end = instance.dataset_offset, length
        self.pixel_tag, self.pixel_vr = 0, ""
        pixel = instance.pixel_offset
        if deflated:
            header = read_header(self.buffer)
            self.buffer, self.start, self.end, pixel = header.buffer, header.start, header.end, header.pixel_offset
        self.pixel_head = b""
        if pixel is not None:
            self._end_before(pixel)
            self.pixel_head = bytes(self.buffer[self.end : pixel])
        # Of a deflated object all of it is here; what follows its pixels is not.
        self.inflated = bytes(self.buffer[pixel : pixel + (header.pixel_length or 0)]) if deflated and pixel else b""
        if (change := change_of(instance)) is not None:
            self.buffer = rewritten(self.buffer, self.start, self.end, self.encoding, change)
            self.start, self.end = 0, len(self.buffer)

    def _end_before(self, pixel: int) -> None:
        # The element header before the value: tag, VR, two reserved bytes and length; under implicit VR tag and length.
        self.end = pixel - (12 if self.encoding.explicit else 8)
        order = "little" if self.encoding.little else "big"
        group, number = self.buffer[self.end : self.end + 2], self.buffer[self.end + 2 : self.end + 4]
        self.pixel_tag = int.from_bytes(group, order) << 16 | int.from_bytes(number, order)  # type: ignore[arg-type]  # one of two literals
        self.pixel_vr = bytes(self.buffer[self.end + 4 : self.end + 6]).decode() if self.encoding.explicit else "OW"

    def json(self, bulk: BulkUri) -> Json:
        """The data set as PS3.18 F.2 JSON, the pixel value as BulkDataURI."""
        return dataset(self.buffer, self.start, self.end, self.encoding, bulk) | self._pixel(bulk)

    def text(self, bulk: BulkUri) -> Iterator[str]:
        """The same as text, large sequences in pieces."""
        return pieces(self.buffer, self.start, self.end, self.encoding, bulk, self._pixel(bulk))

    def _pixel(self, bulk: BulkUri) -> Json:
        key = f"{self.pixel_tag:08X}"
        return {key: {"vr": self.pixel_vr, "BulkDataURI": bulk(key)}} if self.pixel_tag else {}


def change_of(instance: Instance) -> Change | None:
    """What a Selection's map makes of this object (mapping.py says it on the row); None as it is held."""
    change: Change | None = getattr(instance, "change", None)
    return change


def mapped_front(instance: Instance, blobs: Blobs) -> tuple[bytes, ...]:
    """All of a mapped object before its pixel value, in Part 10; of a deflated one all there is."""
    head = Head(instance, blobs)
    meta = file_meta(instance.sop_class, instance.object_uid, instance.transfer_syntax)
    if not is_deflated(instance.transfer_syntax):
        return meta, head.buffer, head.pixel_head
    machine = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = machine.compress(head.buffer + head.pixel_head + head.inflated) + machine.flush()
    return meta, packed + b"\0" * (len(packed) % 2)


def mapped_file(instance: Instance, blobs: Blobs) -> Iterator[bytes | memoryview]:
    """A mapped object: its front made anew, its pixel value as it is held. What follows pixels is left out."""
    yield from mapped_front(instance, blobs)
    if instance.pixel_offset is not None:
        yield from blobs.read(instance.blob_key, instance.pixel_offset, instance.pixel_length)


def address(instance: Instance) -> str:
    """The path of an instance under the DICOMweb root."""
    series = instance.series
    return f"{ROOT}/studies/{series.study.study_uid}/series/{series.series_uid}/instances/{instance.object_uid}"


def describe(instance: Instance, blobs: Blobs) -> Json:
    """The metadata of one instance (its series and study must be loaded)."""
    return Head(instance, blobs).json(_bulk(instance))


def _bulk(instance: Instance) -> BulkUri:
    base = address(instance)
    return lambda path: f"{base}/bulkdata/{path}"


def array_of(instances: Iterable[Instance], blobs: Blobs) -> Iterator[bytes]:
    """A JSON array of metadata, an instance at a time, large sequences in pieces."""
    opening = b"["
    for instance in instances:
        for piece in Head(instance, blobs).text(_bulk(instance)):
            yield opening + piece.encode()
            opening = b""
        opening = b","
    yield b"]" if opening == b"," else b"[]"


def series_metadata(series: Series, by: Actor, blobs: Blobs) -> bytes:
    """The gzipped JSON array of all current instances of a series: as kept, or rebuilt and kept when stale.

    Only for scopes that see the whole series as it is held, never under a Selection. Nothing is kept when objects
    arrived while it was being built.
    """
    kept = SeriesMetadata.objects.get(series=series)
    if not kept.stale:
        return bytes(kept.content)
    instances = visible(Instance, by).filter(series=series).select_related("series__study").order_by("number", "pk")
    content = _gzipped(array_of(instances.iterator(chunk_size=500), blobs))
    unchanged = SeriesMetadata.objects.filter(series=series, generation=kept.generation)
    unchanged.update(content=content, stale=False, generation=F("generation"))
    return content


def _gzipped(pieces: Iterable[bytes]) -> bytes:
    # wbits 31: one gzip member without name or time. Level 6 is about 15 times smaller than the JSON.
    machine = zlib.compressobj(6, zlib.DEFLATED, 31)
    return b"".join([*(machine.compress(piece) for piece in pieces), machine.flush()])


def study_metadata(series: Iterable[Series], by: Actor, blobs: Blobs) -> Iterator[bytes]:
    """A JSON array of all instances of a scan, from the kept metadata of its series."""
    opening = b"["
    for each in series:
        inner = gzip.decompress(series_metadata(each, by, blobs))[1:-1]
        if inner:
            yield opening + inner
            opening = b","
    yield b"]" if opening == b"," else b"[]"


def lines(described: Json, indent: str = "") -> Iterator[tuple[str, str, str, str]]:
    """Metadata as rows for a person: (tag, keyword, VR, value in words), items of sequences indented."""
    for key, entry in sorted(described.items()):
        tag = f"{indent}({key[:4]},{key[4:]})"
        keyword = dictionary.keyword(int(key, 16)) or "private"
        if entry["vr"] == "SQ":
            found = entry.get("Value", [])
            yield tag, keyword, "SQ", f"{len(found)} item{'' if len(found) == 1 else 's'}"
            for item in found:
                yield from lines(item, indent + "> ")
        else:
            yield tag, keyword, entry["vr"], _words(entry)


def _words(entry: dict[str, Any]) -> str:
    if "BulkDataURI" in entry:
        return "(binary value)"
    if "InlineBinary" in entry:
        return f"(binary value of about {len(entry['InlineBinary']) * 3 // 4} bytes)"
    values = (
        v.get("Alphabetic", "") if isinstance(v, dict) else "" if v is None else v for v in entry.get("Value", [])
    )
    return "\\".join(str(value) for value in values)


def bulk_value(instance: Instance, path: str, blobs: Blobs) -> tuple[Iterable[bytes | memoryview], int]:
    """The bytes a BulkDataURI names, and how many; Missing when there is no such value."""
    if path in ("7FE00010", "7FE00008", "7FE00009") and instance.pixel_offset is not None:
        length = instance.pixel_length or 0
        return blobs.read(instance.blob_key, instance.pixel_offset, length), length
    head = Head(instance, blobs)
    if head.inflated and path == f"{head.pixel_tag:08X}":
        return [head.inflated], len(head.inflated)
    found = find_value(head.buffer, head.start, head.end, head.encoding, path.split("/"))
    if found is None:
        raise Missing("there is no such value in this object")
    element, encoding = found
    value = little(bytes(head.buffer[element.value : element.stop]), vr_of(element), encoding)
    return [value], len(value)
