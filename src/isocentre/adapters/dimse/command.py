"""Command sets of DIMSE messages: C-ECHO and C-STORE in and out (PS3.7 sections 6.3, 9.3, annex E)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from isocentre.adapters.dimse.pdu import ProtocolError

C_STORE_RQ: Final = 0x0001
C_ECHO_RQ: Final = 0x0030
C_CANCEL_RQ: Final = 0x0FFF
RESPONSE: Final = 0x8000
NO_DATA_SET: Final = 0x0101

_ELEMENT = struct.Struct("<HHI")
_SOP_CLASSES = (0x0002, 0x0003)  # Affected, Requested
_SOP_INSTANCES = (0x1000, 0x1001)


@dataclass(frozen=True, slots=True)
class Command:
    """What of a command set matters to us. `message_id` is the request's id, also in a response (0000,0120)."""

    field: int
    message_id: int
    sop_class_uid: str = ""
    sop_instance_uid: str = ""
    data_set: bool = False
    status: int = 0
    comment: str = ""

    @property
    def response(self) -> bool:
        """True for a response message."""
        return bool(self.field & RESPONSE)


def decode(data: bytes) -> Command:
    """Read a command set (always Implicit VR Little Endian, PS3.7 6.3.1); ProtocolError when it is not well formed."""
    values: dict[int, bytes] = {}
    position = 0
    while position < len(data):
        if position + 8 > len(data):
            raise ProtocolError("a command element is cut off")
        group, element, length = _ELEMENT.unpack_from(data, position)
        position += 8
        if group != 0 or position + length > len(data):
            raise ProtocolError("a command element is not of group 0000 or longer than its command set")
        values[element] = data[position : position + length]
        position += length
    field = _number(values, 0x0100)
    return Command(
        field=field,
        message_id=_number(values, 0x0120 if field & RESPONSE else 0x0110),
        sop_class_uid=_first(values, _SOP_CLASSES),
        sop_instance_uid=_first(values, _SOP_INSTANCES),
        data_set=_number(values, 0x0800) != NO_DATA_SET,
        status=_number(values, 0x0900) if field & RESPONSE else 0,
        comment=_first(values, (0x0902,)),
    )


def response(request: Command, status: int, comment: str = "") -> bytes:
    """The response to `request`, without data set. UIDs too long to be UIDs are not echoed.

    `comment` says why it failed (Error Comment, PS3.7 annex C.4); at most 64 characters of it go out.
    """
    elements = [
        (0x0100, _us(request.field | RESPONSE)),
        (0x0120, _us(request.message_id)),
        (0x0800, _us(NO_DATA_SET)),
        (0x0900, _us(status)),
    ]
    for element, uid in ((0x0002, request.sop_class_uid), (0x1000, request.sop_instance_uid)):
        if 0 < len(uid) <= 64:
            elements.append((element, _ui(uid)))
    if comment:
        said = comment[:64].encode("ascii", "replace")
        elements.append((0x0902, said + b" " * (len(said) % 2)))
    return _encode(elements)


def echo_request(message_id: int) -> bytes:
    """C-ECHO-RQ (PS3.7 table 9.3-12)."""
    return _encode(
        [
            (0x0002, _ui("1.2.840.10008.1.1")),
            (0x0100, _us(C_ECHO_RQ)),
            (0x0110, _us(message_id)),
            (0x0800, _us(NO_DATA_SET)),
        ]
    )


def store_request(message_id: int, sop_class_uid: str, sop_instance_uid: str) -> bytes:
    """C-STORE-RQ of medium priority with a data set to follow (PS3.7 table 9.3-1)."""
    return _encode(
        [
            (0x0002, _ui(sop_class_uid)),
            (0x0100, _us(C_STORE_RQ)),
            (0x0110, _us(message_id)),
            (0x0700, _us(0)),
            (0x0800, _us(1)),
            (0x1000, _ui(sop_instance_uid)),
        ]
    )


def _encode(elements: list[tuple[int, bytes]]) -> bytes:
    body = b"".join(_ELEMENT.pack(0, element, len(value)) + value for element, value in sorted(elements))
    return _ELEMENT.pack(0, 0, 4) + len(body).to_bytes(4, "little") + body


def _us(value: int) -> bytes:
    return value.to_bytes(2, "little")


def _ui(uid: str) -> bytes:
    value = uid.encode("latin-1")
    return value + b"\0" * (len(value) % 2)


def _number(values: dict[int, bytes], element: int) -> int:
    value = values.get(element)
    if value is None or len(value) != 2:
        raise ProtocolError("a number the command set must have is missing or not two bytes")
    return int.from_bytes(value, "little")


def _first(values: dict[int, bytes], elements: tuple[int, ...]) -> str:
    for element in elements:
        if element in values:
            return values[element].decode("latin-1").rstrip(" \0")
    return ""
