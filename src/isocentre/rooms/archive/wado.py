"""WADO-RS (PS3.18 10.4): whole objects, metadata, frames and bulk data, streamed in flat memory."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from isocentre.core.actor import Actor
from isocentre.core.dicom.walk import MalformedDicom
from isocentre.core.dicomweb import frames as framing
from isocentre.core.dicomweb import multipart
from isocentre.core.dicomweb.errors import BadRequest, Missing, NotAcceptable
from isocentre.core.dicomweb.media import ANY_SYNTAX, DICOM, Offer, choose
from isocentre.rooms.archive import describing
from isocentre.rooms.archive.gate import Ended, ensure, guarded, reads
from isocentre.rooms.archive.looks import note
from isocentre.rooms.archive.models import Instance, Series
from isocentre.rooms.archive.ports import ports
from isocentre.rooms.archive.scoping import visible

OCTETS = "application/octet-stream"
UNCOMPRESSED = frozenset({"1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.2"})
_FRAMES = {
    "image/jpeg": ("50", "51", "57", "70"), "image/jls": ("80", "81"), "image/jp2": ("90", "91"),
    "image/jphc": ("201", "202", "203"),
}  # fmt: skip
FRAME_KINDS = {f"1.2.840.10008.1.2.4.{end}": kind for kind, ends in _FRAMES.items() for end in ends}
FRAME_KINDS["1.2.840.10008.1.2.5"] = "image/dicom-rle"
"""Media type of one frame by transfer syntax (PS3.18 table 8.7.3-3)."""


def rows(by: Actor, study_uid: str, series_uid: str = "", object_uid: str = "") -> list[Instance]:
    """The instances a path names, in order; Missing alike when they are absent or may not be seen."""
    found = visible(Instance, by).select_related("series__study").filter(series__study__study_uid=study_uid)
    if series_uid:
        found = found.filter(series__series_uid=series_uid)
    if object_uid:
        found = found.filter(object_uid=object_uid)
    listed = list(found.order_by("series", "number", "pk"))
    if not listed:
        raise Missing("there is no such object here, or you may not see it")
    return listed


@reads
def objects(
    request: HttpRequest, *, by: Actor, study_uid: str, series_uid: str = "", object_uid: str = ""
) -> HttpResponseBase:
    """GET a scan, a series or an instance: the stored files as they are, in multipart, or one file alone."""
    found = rows(by, study_uid, series_uid, object_uid)
    offers = [Offer(DICOM, multipart=True)] + ([Offer(DICOM)] if object_uid else [])
    offer, wanted = choose(request.headers.get("Accept", ""), offers)
    for one in found:
        if wanted.syntax not in ("", ANY_SYNTAX, one.transfer_syntax):
            raise NotAcceptable("objects are sent in the transfer syntax they are stored in: ask for transfer-syntax=*")
    note(by, "images_downloaded", study_uid)
    if not offer.multipart:
        response = StreamingHttpResponse(guarded(by, ports().blobs.read(found[0].blob_key)), content_type=DICOM)
        response.headers["Content-Length"] = str(found[0].size)
        return response
    boundary = multipart.new_boundary()
    return StreamingHttpResponse(_files(by, found, boundary), content_type=multipart.content_type(boundary, DICOM))


def _files(by: Actor, found: list[Instance], boundary: str) -> Iterator[bytes | memoryview]:
    for one in found:
        yield multipart.opening(boundary, DICOM, length=one.size)
        yield from guarded(by, ports().blobs.read(one.blob_key))
    ensure(by)
    yield multipart.closing(boundary)


@reads
def metadata(
    request: HttpRequest, *, by: Actor, study_uid: str, series_uid: str = "", object_uid: str = ""
) -> HttpResponseBase:
    """GET …/metadata: a series' is kept gzipped and sent as it is."""
    offer, _ = choose(request.headers.get("Accept", ""), [Offer("application/dicom+json"), Offer("application/json")])
    if object_uid:
        (one,) = rows(by, study_uid, series_uid, object_uid)
        body = describing.array_of([one], ports().blobs)
        return HttpResponse(b"".join(body), content_type=offer.kind)
    series = visible(Series, by).select_related("study").filter(study__study_uid=study_uid)
    listed = list((series.filter(series_uid=series_uid) if series_uid else series).order_by("number", "pk"))
    if not listed:
        raise Missing("there is no such object here, or you may not see it")
    if not series_uid:
        pieces = describing.study_metadata(listed, by, ports().blobs)
        return StreamingHttpResponse(guarded(by, pieces), content_type=offer.kind)
    packed = describing.series_metadata(listed[0], by, ports().blobs)
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return HttpResponse(gzip.decompress(packed), content_type=offer.kind)
    response = HttpResponse(packed, content_type=offer.kind)
    response.headers["Content-Encoding"], response.headers["Vary"] = "gzip", "Accept-Encoding"
    return response


@reads
def frames(
    request: HttpRequest, *, by: Actor, study_uid: str, series_uid: str, object_uid: str, numbers: str
) -> HttpResponseBase:
    """GET …/frames/1,2: as stored, native frames little-endian."""
    (one,) = rows(by, study_uid, series_uid, object_uid)
    wanted = framing.frame_numbers(numbers, one.frames)
    if wanted is None:
        raise BadRequest(f"frames are numbered from 1 to {one.frames}")
    if one.pixel_offset is None or one.pixel_length is None:
        raise Missing("this object has no pixels")
    kind = OCTETS if one.transfer_syntax in UNCOMPRESSED else FRAME_KINDS.get(one.transfer_syntax, OCTETS)
    offers = [Offer(kind, multipart=True), Offer(OCTETS, multipart=True)] + ([Offer(kind)] if len(wanted) == 1 else [])
    offer, _ = choose(request.headers.get("Accept", ""), offers)
    note(by, "images_viewed", study_uid)
    spans = _spans(one, wanted)
    if not offer.multipart:
        return StreamingHttpResponse(guarded(by, _bytes(one, spans[0])), content_type=kind)
    boundary = multipart.new_boundary()
    part = f"{offer.kind}; transfer-syntax={one.transfer_syntax}"
    body = _parts(by, one, spans, boundary, part)
    return StreamingHttpResponse(body, content_type=multipart.content_type(boundary, offer.kind))


def _parts(
    by: Actor, one: Instance, spans: list[list[framing.Span]], boundary: str, part: str
) -> Iterator[bytes | memoryview]:
    for span in spans:
        yield multipart.opening(boundary, part, length=sum(s.length for s in span))
        yield from guarded(by, _bytes(one, span))
    ensure(by)
    yield multipart.closing(boundary)


def _spans(one: Instance, wanted: list[int]) -> list[list[framing.Span]]:
    offset, length = one.pixel_offset or 0, one.pixel_length or 0
    try:
        if one.transfer_syntax in UNCOMPRESSED:
            return [[framing.native_frame(offset, length, one.frames, number)] for number in wanted]
        table, found = framing.fragments(_reader(one), offset, length)
        grouped = framing.encapsulated_frames(table, found, one.frames, _reader(one))
        return [grouped[number - 1] for number in wanted]
    except MalformedDicom as error:
        raise Missing(f"the frames of this object cannot be told apart: {error}") from None


def _reader(one: Instance) -> framing.ReadAt:
    return lambda offset, length: b"".join(ports().blobs.read(one.blob_key, offset, length))


def _bytes(one: Instance, spans: Iterable[framing.Span]) -> Iterator[bytes | memoryview]:
    for span in spans:
        yield from ports().blobs.read(one.blob_key, span.offset, span.length)


@reads
def bulk(
    request: HttpRequest, *, by: Actor, study_uid: str, series_uid: str, object_uid: str, path: str
) -> HttpResponseBase:
    """GET …/bulkdata/TAG: the pixel value, or another long value of the header."""
    (one,) = rows(by, study_uid, series_uid, object_uid)
    offer, _ = choose(request.headers.get("Accept", ""), [Offer(OCTETS, multipart=True), Offer(OCTETS)])
    note(by, "images_viewed", study_uid)
    chunks, length = describing.bulk_value(one, path, ports().blobs)
    if not offer.multipart:
        return StreamingHttpResponse(guarded(by, chunks), content_type=OCTETS)
    boundary = multipart.new_boundary()

    def body() -> Iterator[bytes | memoryview]:
        yield multipart.opening(boundary, OCTETS, length=length)
        yield from guarded(by, chunks)
        ensure(by)
        yield multipart.closing(boundary)

    return StreamingHttpResponse(body(), content_type=multipart.content_type(boundary, OCTETS))


__all__ = ["Ended", "bulk", "frames", "metadata", "objects", "rows"]
