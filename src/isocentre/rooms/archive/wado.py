"""WADO-RS (PS3.18 10.4): whole objects, metadata, frames and bulk data, streamed in flat memory."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

from isocentre.core.actor import Actor
from isocentre.core.dicom.header import EXPLICIT_VR_LE, IMPLICIT_VR_LE
from isocentre.core.dicom.native import NATIVE
from isocentre.core.dicom.walk import MalformedDicom
from isocentre.core.dicomweb import multipart
from isocentre.core.dicomweb.errors import BadRequest, Missing, NotAcceptable
from isocentre.core.dicomweb.frames import Span, frame_numbers
from isocentre.core.dicomweb.media import ANY_SYNTAX, DICOM, Offer, choose
from isocentre.rooms.archive import describing, mapping
from isocentre.rooms.archive.framing import spans
from isocentre.rooms.archive.gate import Ended, ensure, guarded, reads
from isocentre.rooms.archive.looks import note
from isocentre.rooms.archive.models import ImagingStudy, Instance, Series
from isocentre.rooms.archive.ports import ports
from isocentre.rooms.archive.scoping import visible

OCTETS = "application/octet-stream"
_FRAMES = {
    "image/jpeg": ("50", "51", "57", "70"), "image/jls": ("80", "81"), "image/jp2": ("90", "91"),
    "image/jphc": ("201", "202", "203"),
}  # fmt: skip
FRAME_KINDS = {f"1.2.840.10008.1.2.4.{end}": kind for kind, ends in _FRAMES.items() for end in ends}
FRAME_KINDS["1.2.840.10008.1.2.5"] = "image/dicom-rle"
"""Media type of one frame by transfer syntax (PS3.18 table 8.7.3-3)."""
_LITTLE_ENDIAN = (EXPLICIT_VR_LE, IMPLICIT_VR_LE)


def rows(by: Actor, study_uid: str, series_uid: str = "", object_uid: str = "") -> list[Instance]:
    """The instances a path names, in order; Missing alike when they are absent or may not be seen."""
    mapped = mapping.of(by)
    if mapped is not None:
        study_uid, series_uid, object_uid = map(mapped.held, (study_uid, series_uid, object_uid))
    found = _named(by, study_uid, series_uid, object_uid, raw=mapped is not None).select_related("series__study")
    listed = list(found)
    if not listed:
        raise _missing()
    return listed if mapped is None else [mapped.instance(one) for one in listed]


def _named(by: Actor, study_uid: str, series_uid: str, object_uid: str, *, raw: bool = False) -> QuerySet[Instance]:
    """What a path names of what `by` may see, in order."""
    named = {"series__study__study_uid": study_uid, "series__series_uid": series_uid, "object_uid": object_uid}
    found = visible(Instance, by, raw=raw).filter(**{key: value for key, value in named.items() if value})
    return found.order_by("series", "number", "pk")


def _missing() -> Missing:
    return Missing("there is no such object here, or you may not see it")


@reads
def objects(
    request: HttpRequest, *, by: Actor, study_uid: str, series_uid: str = "", object_uid: str = ""
) -> HttpResponseBase:
    """GET a scan, a series or an instance: the stored files as they are, in multipart, or one file alone."""
    offers = [Offer(DICOM, multipart=True)] + ([Offer(DICOM)] if object_uid else [])
    offer, wanted = choose(request.headers.get("Accept", ""), offers)
    scan, found = _files(by, study_uid, series_uid, object_uid)
    if any(wanted.syntax not in ("", ANY_SYNTAX, syntax) for syntax, _ in found):
        raise NotAcceptable("objects are sent in the transfer syntax they are stored in: ask for transfer-syntax=*")
    note(by, "images_downloaded", scan)
    pieces = [piece for _, piece in found]
    return _several(by, DICOM, pieces) if offer.multipart else _alone(by, DICOM, pieces[0])


@dataclass(frozen=True, slots=True)
class Piece:
    """One value to send: its media type, its length in bytes, and what reads it when its turn comes."""

    kind: str
    length: int
    read: Callable[[], Iterable[bytes | memoryview]]


def _files(by: Actor, study_uid: str, series_uid: str, object_uid: str) -> tuple[ImagingStudy, list[tuple[str, Piece]]]:
    """The scan, and of each file that a path names the transfer syntax and what sends it.

    A scan has hundreds: only under a map, which changes what is sent, is the whole row of each read.
    """
    if mapping.of(by) is not None:
        mapped = rows(by, study_uid, series_uid, object_uid)
        return mapped[0].series.study, [(one.transfer_syntax, _mapped(one)) for one in mapped]
    named = _named(by, study_uid, series_uid, object_uid).values_list("transfer_syntax", "size", "blob_key")
    found = list(named)
    scan = visible(ImagingStudy, by).filter(study_uid=study_uid).first() if found else None
    if scan is None:
        raise _missing()
    blobs = ports().blobs
    return scan, [(syntax, Piece(DICOM, size, partial(blobs.read, key))) for syntax, size, key in found]


def _mapped(one: Instance) -> Piece:
    """A file under a map, made anew when its turn comes: only its length is kept till then."""
    blobs = ports().blobs
    length = sum(map(len, describing.mapped_front(one, blobs))) + (one.pixel_length or 0)
    return Piece(DICOM, length, partial(describing.mapped_file, one, blobs))


def _alone(by: Actor, kind: str, piece: Piece) -> HttpResponseBase:
    return _streamed(guarded(by, piece.read()), kind, piece.length)


def _several(by: Actor, kind: str, pieces: list[Piece]) -> HttpResponseBase:
    """The pieces in multipart/related."""
    boundary = multipart.new_boundary()
    heads = [multipart.opening(boundary, piece.kind, length=piece.length) for piece in pieces]
    end = multipart.closing(boundary)

    def body() -> Iterator[bytes | memoryview]:
        for head, piece in zip(heads, pieces, strict=True):
            yield head
            yield from guarded(by, piece.read())
        ensure(by)
        yield end

    length = sum(map(len, heads)) + sum(piece.length for piece in pieces) + len(end)
    return _streamed(body(), multipart.content_type(boundary, kind), length)


def _streamed(chunks: Iterable[bytes | memoryview], kind: str, length: int) -> HttpResponseBase:
    """A stream of stated length: one that breaks off is seen to be short. Chunked, the server would end it well."""
    response = StreamingHttpResponse(chunks, content_type=kind)
    response.headers["Content-Length"] = str(length)
    return response


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
    if by.scope.selection is not None:  # what is kept of a series is the whole of it, as it is held
        pieces = describing.array_of(rows(by, study_uid, series_uid), ports().blobs)
        return StreamingHttpResponse(guarded(by, pieces), content_type=offer.kind)
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
    wanted = frame_numbers(numbers, one.frames)
    if wanted is None:
        raise BadRequest(f"frames are numbered from 1 to {one.frames}")
    if one.pixel_offset is None or not one.pixel_length:
        raise Missing("this object has no frames: it holds no pixels")
    kind = OCTETS if one.transfer_syntax in NATIVE else FRAME_KINDS.get(one.transfer_syntax, OCTETS)
    offer, _ = choose(request.headers.get("Accept", ""), _frame_offers(one, kind, alone=len(wanted) == 1))
    note(by, "images_viewed", one.series.study)
    part = f"{offer.kind}; transfer-syntax={one.transfer_syntax}" if offer.multipart else kind
    pieces = [Piece(part, sum(s.length for s in span), partial(_bytes, one, span)) for span in _spans(one, wanted)]
    return _several(by, offer.kind, pieces) if offer.multipart else _alone(by, kind, pieces[0])


def _frame_offers(one: Instance, kind: str, *, alone: bool) -> list[Offer]:
    """What frames are sent as: in the syntax they are stored in; little-endian native bytes are those of either VR."""
    syntaxes = [one.transfer_syntax]
    if one.transfer_syntax in _LITTLE_ENDIAN:
        syntaxes += [other for other in _LITTLE_ENDIAN if other != one.transfer_syntax]
    return [
        Offer(each, multipart=multipart, syntax=syntax)
        for each, multipart in ((kind, True), (OCTETS, True), *(((kind, False),) if alone else ()))
        for syntax in syntaxes
    ]


def _spans(one: Instance, wanted: list[int]) -> list[list[Span]]:
    try:
        return spans(one, wanted)
    except MalformedDicom as error:
        raise Missing(f"the frames of this object cannot be told apart: {error}") from None


def _bytes(one: Instance, places: Iterable[Span]) -> Iterator[bytes | memoryview]:
    for span in places:
        yield from ports().blobs.read(one.blob_key, span.offset, span.length)


@reads
def bulk(
    request: HttpRequest, *, by: Actor, study_uid: str, series_uid: str, object_uid: str, path: str
) -> HttpResponseBase:
    """GET …/bulkdata/TAG: the pixel value, or another long value of the header."""
    (one,) = rows(by, study_uid, series_uid, object_uid)
    offer, _ = choose(request.headers.get("Accept", ""), [Offer(OCTETS, multipart=True), Offer(OCTETS)])
    note(by, "images_viewed", one.series.study)
    chunks, length = describing.bulk_value(one, path, ports().blobs)
    piece = Piece(OCTETS, length, lambda: chunks)
    return _several(by, OCTETS, [piece]) if offer.multipart else _alone(by, OCTETS, piece)


__all__ = ["Ended", "bulk", "frames", "metadata", "objects", "rows"]
