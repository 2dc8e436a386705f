"""Rendered images and thumbnails over DICOMweb (PS3.18 10.4.1.1.3 and 10.4.1.1.4): instance, frame, series, scan."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import path

from isocentre.core.actor import Actor
from isocentre.core.dicom.walk import MalformedDicom
from isocentre.core.dicomweb.errors import BadRequest, Missing, NotAcceptable
from isocentre.core.dicomweb.media import Offer, choose
from isocentre.rooms.archive import framing, mapping
from isocentre.rooms.archive.gate import reads
from isocentre.rooms.archive.looks import note
from isocentre.rooms.archive.models import Instance
from isocentre.rooms.archive.ports import ports
from isocentre.rooms.archive.scoping import visible

THUMBNAIL = 200
"""Longest side in pixels of a thumbnail that is not asked for in another size."""
MAX_VIEWPORT = 8192
MAX_BYTES = 256 * 1024 * 1024
"""Bytes of a frame, and of the header with it, that are drawn here: they are held in memory for it."""

OFFERS = [Offer("image/jpeg"), Offer("image/png")]
_NUMBER = r"[+-]?\d{1,9}(\.\d{1,9})?([eE][+-]?\d{1,2})?"
_WINDOW = re.compile(rf"(?P<centre>{_NUMBER}),(?P<width>{_NUMBER})(,(?P<function>[A-Za-z_-]{{1,20}}))?")


@reads
def rendered(
    request: HttpRequest, *, by: Actor, study_uid: str, series_uid: str = "", object_uid: str = "", number: str = ""
) -> HttpResponseBase:
    """GET …/rendered: one frame as JPEG or PNG. Of a series the middle instance, of an instance the first frame."""
    one = chosen(by, study_uid, series_uid, object_uid)
    return _picture(request, by, one, _frame(one, number or "1"), window_of(request.GET.get("window", "")), 0)


@reads
def thumbnail(
    request: HttpRequest, *, by: Actor, study_uid: str, series_uid: str = "", object_uid: str = "", number: str = ""
) -> HttpResponseBase:
    """GET …/thumbnail: the same, small; the middle frame where none is named."""
    one = chosen(by, study_uid, series_uid, object_uid)
    return _picture(request, by, one, _frame(one, number or str((one.frames + 1) // 2)), None, THUMBNAIL)


def pictures(by: Actor) -> QuerySet[Instance]:
    """Instances `by` may see that have rows, columns and pixels to show, in the order they lie in their series."""
    rows = visible(Instance, by, raw=True).select_related("series__study").filter(rows__gt=0, columns__gt=0)
    rows = rows.exclude(pixel_length=0)
    return rows.order_by("series__number", "series", "number", "pk")


def chosen(by: Actor, study_uid: str, series_uid: str, object_uid: str) -> Instance:
    """The instance a path names, or the middle one of its series, or of the scan's first series with a picture.

    Missing alike when it is absent or may not be seen; NotAcceptable when it is there and has no picture.
    """
    mapped = mapping.of(by)
    if mapped is not None:
        study_uid, series_uid, object_uid = map(mapped.held, (study_uid, series_uid, object_uid))
    named = {"series__study__study_uid": study_uid}
    named |= {"series__series_uid": series_uid} if series_uid else {}
    named |= {"object_uid": object_uid} if object_uid else {}
    found = pictures(by).filter(**named)
    first = found.first()
    if first is None:
        if visible(Instance, by, raw=True).filter(**named).exists():
            raise NotAcceptable("there is no picture to show: a report, a plan, a recording, or without a frame")
        raise Missing("there is no such object here, or you may not see it")
    siblings = found.filter(series=first.series_id)
    one = siblings[(siblings.count() - 1) // 2]
    return one if mapped is None else mapped.instance(one)


def window_of(text: str) -> tuple[float, float] | None:
    """`window=centre,width[,linear]` (PS3.18 8.3.5.1.4); BadRequest when it is none, or of another function."""
    if not text:
        return None
    match = _WINDOW.fullmatch(text.replace(" ", ""))
    if match is None:
        raise BadRequest("a window is given as window=centre,width,linear with two numbers")
    if (match["function"] or "linear").lower() != "linear":
        raise BadRequest("windows are drawn with the function linear only")
    centre, width = float(match["centre"]), float(match["width"])
    if width < 1:
        raise BadRequest("the width of a window is at least 1")
    return centre, width


def viewport_of(text: str, one: Instance, default: int) -> int | None:
    """`viewport=width,height` as the longest side of the picture that fits it; None: as large as it is."""
    if not text:
        return default or None
    match = re.fullmatch(r"(\d{1,5}),(\d{1,5})", text.replace(" ", ""))
    if match is None:
        raise BadRequest("a viewport is given as viewport=width,height in whole pixels, without a part of the image")
    wide, high = int(match[1]), int(match[2])
    if not (0 < wide <= MAX_VIEWPORT and 0 < high <= MAX_VIEWPORT):
        raise BadRequest(f"a viewport is 1 to {MAX_VIEWPORT} pixels wide and high")
    columns, rows = one.columns or 1, one.rows or 1
    return max(1, math.floor(max(columns, rows) * min(wide / columns, high / rows)))


def _frame(one: Instance, text: str) -> int:
    if not re.fullmatch(r"\d{1,9}", text):
        raise BadRequest("one frame is rendered at a time, named by its number")
    number = int(text)
    if not 1 <= number <= one.frames:
        raise BadRequest(f"frames are numbered from 1 to {one.frames}")
    return number


def _picture(
    request: HttpRequest, by: Actor, one: Instance, frame: int, window: tuple[float, float] | None, default: int
) -> HttpResponseBase:
    offer, _ = choose(request.GET.get("accept", "") or request.headers.get("Accept", ""), OFFERS)
    size = viewport_of(request.GET.get("viewport", ""), one, default)
    note(by, "images_viewed", one.series.study)
    try:
        file, at = framing.alone(one, frame, MAX_BYTES)
        body = ports().renderer.render(file, frame=at, media=offer.kind, window=window, size=size)
    except KeyError:
        raise Missing("this object was erased a moment ago") from None
    except OverflowError as error:
        raise NotAcceptable(f"{error}: ask for its frames") from None
    except MalformedDicom as error:
        raise NotAcceptable(f"the picture of this object cannot be read ({error})") from None
    except ValueError as error:
        raise NotAcceptable(str(error)) from None
    response = HttpResponse(body, content_type=offer.kind)
    response.headers["Vary"] = "Accept"
    return response


S, E, I = "studies/<str:study_uid>", "series/<str:series_uid>", "instances/<str:object_uid>"  # noqa: E741 - path parts
F = "frames/<str:number>"
_VIEWS: tuple[tuple[str, Callable[..., HttpResponseBase]], ...] = (("rendered", rendered), ("thumbnail", thumbnail))
rendered_urls = [
    path(f"{before}/{word}", view, name=f"dicomweb_{level}{word}")
    for word, view in _VIEWS
    for before, level in (
        (S, "study_"),
        (f"{S}/{E}", "series_"),
        (f"{S}/{E}/{I}", "instance_"),
        (f"{S}/{E}/{I}/{F}", "frame_"),
    )
]
"""Addresses under the DICOMweb root."""
