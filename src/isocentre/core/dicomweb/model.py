"""The DICOM JSON model (PS3.18 Annex F) of a stored object's header."""

from __future__ import annotations

import io
import warnings
from typing import Any

from pydicom import dcmread
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement

Json = dict[str, Any]
PIXELS = "7FE00010"


def of_header(head: bytes, *, bulk_uri: str, pixel_vr: str = "OW") -> Json:
    """JSON of the Part 10 bytes before the pixel value (`head` may end inside it); pixels become a BulkDataURI.

    Values that cannot be decoded are left out rather than guessed.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # odd values of real scanners are served as they are
        ds = dcmread(io.BytesIO(head), stop_before_pixels=True, force=True)
        answer: Json = ds.to_json_dict(
            bulk_data_threshold=4096, bulk_data_element_handler=_large, suppress_invalid_tags=True
        )
    if pixel_vr:
        answer[PIXELS] = {"vr": pixel_vr, "BulkDataURI": bulk_uri}
    return dict(sorted(answer.items()))


def _large(element: DataElement) -> str:
    # A value too large for the header is reached with the instance itself.
    return ""


def element(keyword: str, value: Any) -> tuple[str, Json]:
    """(tag, JSON) of one attribute by keyword; None or "" give an element without value."""
    tag = tag_for_keyword(keyword)
    if tag is None:
        raise KeyError(keyword)
    vr = dictionary_VR(tag)
    key = f"{tag:08X}"
    if value in (None, "", []):
        return key, {"vr": vr}
    values = value if isinstance(value, list) else [value]
    if vr == "PN":
        return key, {"vr": vr, "Value": [{"Alphabetic": str(v)} for v in values]}
    if vr in ("IS", "US", "UL", "SS", "SL"):
        return key, {"vr": vr, "Value": [int(v) for v in values]}
    return key, {"vr": vr, "Value": [str(v) for v in values]}


def of(pairs: dict[str, Any]) -> Json:
    """JSON of attributes by keyword, in tag order."""
    return dict(sorted(element(k, v) for k, v in pairs.items()))
