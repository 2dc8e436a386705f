"""What an item says of itself ahead of its walk: the kind of a report's entry, the coding scheme of a coded one."""

from __future__ import annotations

from typing import Literal

from isocentre.core.deid.rules import Held
from isocentre.core.dicom.walk import Buffer, Encoding, Item, content_encoding, elements, items

SEQUENCE = 0x0040A730
_DESIGNATOR, _GROUP = 0x00080102, 0x0008
_TITLE, _VALUE = 0x0040A043, 0x00080100
_KIND, _BY_REFERENCE = 0x0040A040, 0x0040DB73
_KINDS = frozenset(
    b"CONTAINER TEXT CODE NUM PNAME UIDREF DATE TIME DATETIME IMAGE COMPOSITE WAVEFORM SCOORD SCOORD3D TCOORD".split()
)


def check(buffer: Buffer, item: Item, encoding: Encoding, depth: int) -> None:
    """Raise Held for a content item that says no kind of value, or one that nobody here can clean (PS3.3 C.17.3)."""
    kind = b""
    for element in elements(buffer, item.value, item.stop, encoding, depth=depth):
        if element.tag == _BY_REFERENCE:
            return  # points at another item of the same tree
        if element.tag == _KIND:
            kind = bytes(buffer[element.value : min(element.stop, element.value + 32)]).strip(b" \0")
    if kind not in _KINDS:
        raise Held(
            "structured_content", "The report has an entry whose kind is missing or unknown, so it cannot be cleaned."
        )


def scheme(buffer: Buffer, item: Item, encoding: Encoding, depth: int) -> bytes:
    """The designator (0008,0102) of the coding scheme of an item; empty when it is no coded entry, or names two."""
    order: Literal["little", "big"] = "little" if encoding.little else "big"
    if int.from_bytes(buffer[item.value : min(item.value + 2, item.stop)], order) != _GROUP:
        return b""
    found: list[bytes] = []
    for element in elements(buffer, item.value, item.stop, encoding, depth=depth):
        if element.tag == _DESIGNATOR:
            found.append(bytes(buffer[element.value : min(element.stop, element.value + 32)]).strip(b" \0"))
        if element.tag > _DESIGNATOR:
            break
    return found[0] if len(found) == 1 else b""


def title(body: Buffer, start: int, end: int, encoding: Encoding) -> str:
    """The code of a report's title (PS3.3 C.17.3, Concept Name Code Sequence of the root), where it is one of DICOM.

    Empty where the object has no title, several, or one of another coding scheme. MalformedDicom for broken bytes.
    """
    for element in elements(body, start, end, encoding):
        if element.tag == _TITLE:
            inner = content_encoding(body, element, encoding)
            codes = [_code(body, item, inner) for item in items(body, element, inner)]
            return codes[0] if len(codes) == 1 else ""
        if element.tag > _TITLE:
            break
    return ""


def _code(body: Buffer, item: Item, encoding: Encoding) -> str:
    said = {
        part.tag: bytes(body[part.value : min(part.stop, part.value + 64)]).strip(b" \0")
        for part in elements(body, item.value, item.stop, encoding, depth=1)
        if part.tag in (_VALUE, _DESIGNATOR)
    }
    return said.get(_VALUE, b"").decode("ascii", "replace") if said.get(_DESIGNATOR) == b"DCM" else ""
