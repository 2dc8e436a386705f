"""Protocol data units of the DICOM upper layer: their bytes in and out (PS3.8 section 9.3, PS3.7 annex D.3.3)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

ASSOCIATE_RQ: Final = 0x01
ASSOCIATE_AC: Final = 0x02
ASSOCIATE_RJ: Final = 0x03
P_DATA_TF: Final = 0x04
RELEASE_RQ: Final = 0x05
RELEASE_RP: Final = 0x06
ABORT: Final = 0x07

APPLICATION_CONTEXT: Final = "1.2.840.10008.3.1.1.1"

# A-ABORT reasons of the service provider, PS3.8 table 9-26.
UNRECOGNIZED_PDU: Final = 1
UNEXPECTED_PDU: Final = 2
UNEXPECTED_PARAMETER: Final = 5
INVALID_PARAMETER: Final = 6

_ITEM = struct.Struct(">BxH")
_PDV = struct.Struct(">IBB")


class ProtocolError(Exception):
    """The peer broke PS3.8; `reason` is what our A-ABORT says (table 9-26). The text never quotes the peer's bytes."""

    def __init__(self, text: str, reason: int = INVALID_PARAMETER) -> None:
        super().__init__(text)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Proposed:
    """A presentation context as proposed (PS3.8 9.3.2.2)."""

    id: int
    abstract_syntax: str
    transfer_syntaxes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answered:
    """A presentation context as answered (PS3.8 9.3.3.2): result 0 accepted, 3 abstract, 4 transfer syntax not."""

    id: int
    result: int
    transfer_syntax: str


@dataclass(frozen=True, slots=True)
class Role:
    """SCP/SCU role selection for one SOP class (PS3.7 D.3.3.4)."""

    sop_class: str
    scu: bool
    scp: bool


@dataclass(frozen=True, slots=True)
class Associate:
    """A-ASSOCIATE-RQ (contexts `Proposed`) or -AC (contexts `Answered`). `max_length` 0 means no limit (PS3.8 D.1)."""

    called_ae: str
    calling_ae: str
    proposed: tuple[Proposed, ...] = ()
    answered: tuple[Answered, ...] = ()
    max_length: int = 0
    implementation_class_uid: str = ""
    implementation_version: str = ""
    async_window: tuple[int, int] | None = None
    roles: tuple[Role, ...] = ()
    application_context: str = APPLICATION_CONTEXT
    protocol_version: int = 1


def encode_associate(message: Associate) -> bytes:
    """The whole PDU: RQ when `message` proposes contexts or answers none, else AC."""
    kind = ASSOCIATE_AC if message.answered else ASSOCIATE_RQ
    body = [
        struct.pack(">HH", message.protocol_version, 0),
        _title(message.called_ae),
        _title(message.calling_ae),
        bytes(32),
        _item(0x10, message.application_context.encode("ascii")),
    ]
    for offer in message.proposed:
        syntaxes = b"".join(_item(0x40, uid.encode("ascii")) for uid in offer.transfer_syntaxes)
        body.append(
            _item(0x20, bytes((offer.id, 0, 0, 0)) + _item(0x30, offer.abstract_syntax.encode("ascii")) + syntaxes)
        )
    for answer in message.answered:
        body.append(
            _item(0x21, bytes((answer.id, 0, answer.result, 0)) + _item(0x40, answer.transfer_syntax.encode("ascii")))
        )
    body.append(_item(0x50, _user_information(message)))
    return _pdu(kind, b"".join(body))


def _user_information(message: Associate) -> bytes:
    items = [
        _item(0x51, message.max_length.to_bytes(4, "big")),
        _item(0x52, message.implementation_class_uid.encode("ascii")),
    ]
    if message.async_window is not None:
        items.append(_item(0x53, struct.pack(">HH", *message.async_window)))
    for role in message.roles:
        uid = role.sop_class.encode("ascii")
        items.append(_item(0x54, len(uid).to_bytes(2, "big") + uid + bytes((role.scu, role.scp))))
    if message.implementation_version:
        items.append(_item(0x55, message.implementation_version.encode("ascii")))
    return b"".join(items)


def decode_associate(body: bytes) -> Associate:
    """Read the body (after the 6-byte PDU header) of an A-ASSOCIATE-RQ or -AC; ProtocolError when malformed."""
    if len(body) < 68:
        raise ProtocolError("A-ASSOCIATE is too short")
    proposed: list[Proposed] = []
    answered: list[Answered] = []
    application, user = "", b""
    for kind, value in _items(body[68:]):
        if kind == 0x10:
            application = _uid(value)
        elif kind == 0x20:
            proposed.append(_proposed(value))
        elif kind == 0x21:
            answered.append(_answered(value))
        elif kind == 0x50:
            user = value
    ids = [offer.id for offer in proposed] + [answer.id for answer in answered]
    if len(set(ids)) != len(ids):
        raise ProtocolError("a presentation context id is used twice")
    associate = Associate(
        called_ae=_text(body[4:20]),
        calling_ae=_text(body[20:36]),
        proposed=tuple(proposed),
        answered=tuple(answered),
        application_context=application,
        protocol_version=int.from_bytes(body[:2], "big"),
    )
    return _with_user_information(associate, user)


def _with_user_information(base: Associate, user: bytes) -> Associate:
    max_length, implementation, version = 0, "", ""
    window: tuple[int, int] | None = None
    roles: list[Role] = []
    for kind, value in _items(user):
        if kind == 0x51:
            max_length = int.from_bytes(_exactly(value, 4), "big")
        elif kind == 0x52:
            implementation = _uid(value)
        elif kind == 0x53:
            invoked, performed = struct.unpack(">HH", _exactly(value, 4))
            window = (invoked, performed)
        elif kind == 0x54:
            roles.append(_role(value))
        elif kind == 0x55:
            version = _text(value)
        # Extended negotiation (0x56, 0x57) and user identity (0x58) are left unanswered: PS3.7 D.3.3.5 to D.3.3.7.
    return Associate(
        base.called_ae,
        base.calling_ae,
        base.proposed,
        base.answered,
        max_length,
        implementation,
        version,
        window,
        tuple(roles),
        base.application_context,
        base.protocol_version,
    )


def _proposed(value: bytes) -> Proposed:
    items = _items(value[4:])
    abstract = [uid for kind, uid in items if kind == 0x30]
    transfer = tuple(_uid(uid) for kind, uid in _items(value[4:]) if kind == 0x40)
    if len(value) < 4 or value[0] % 2 == 0 or len(abstract) != 1 or not transfer:
        raise ProtocolError("a proposed presentation context is not well formed")
    return Proposed(value[0], _uid(abstract[0]), transfer)


def _answered(value: bytes) -> Answered:
    if len(value) < 4:
        raise ProtocolError("an answered presentation context is too short")
    transfer = [_uid(uid) for kind, uid in _items(value[4:]) if kind == 0x40]
    return Answered(value[0], value[2], transfer[0] if transfer else "")


def _role(value: bytes) -> Role:
    length = int.from_bytes(value[:2], "big")
    if len(value) != length + 4:
        raise ProtocolError("a role selection item has a wrong length")
    return Role(_uid(value[2 : 2 + length]), value[-2] == 1, value[-1] == 1)


def encode_reject(result: int, source: int, reason: int) -> bytes:
    """A-ASSOCIATE-RJ (PS3.8 table 9-21)."""
    return _pdu(ASSOCIATE_RJ, bytes((0, result, source, reason)))


def encode_release_rq() -> bytes:
    """A-RELEASE-RQ."""
    return _pdu(RELEASE_RQ, bytes(4))


def encode_release_rp() -> bytes:
    """A-RELEASE-RP."""
    return _pdu(RELEASE_RP, bytes(4))


def encode_abort(source: int, reason: int) -> bytes:
    """A-ABORT: source 0 service user, 2 service provider (PS3.8 table 9-26)."""
    return _pdu(ABORT, bytes((0, 0, source, reason)))


def pdv_header(context: int, payload: int, *, command: bool, last: bool) -> bytes:
    """The 12 bytes before `payload` bytes of a P-DATA-TF with one presentation data value (PS3.8 9.3.5.1, E.2)."""
    return struct.pack(">BxI", P_DATA_TF, payload + 6) + _PDV.pack(payload + 2, context, command | last << 1)


def encode_message(context: int, payload: bytes, max_length: int, *, command: bool = True) -> bytes:
    """One command set or data set as P-DATA-TF PDUs no longer than the peer's `max_length` (0: no limit)."""
    step = max(max_length - 6, 1) if max_length else max(len(payload), 1)
    parts = []
    for start in range(0, max(len(payload), 1), step):
        part = payload[start : start + step]
        parts.append(pdv_header(context, len(part), command=command, last=start + step >= len(payload)) + part)
    return b"".join(parts)


def read_pdv_header(header: bytes) -> tuple[int, int, bool, bool]:
    """(bytes of payload, context id, command?, last?) of the 6-byte head of a presentation data value."""
    length, context, flags = _PDV.unpack(header)
    if length < 2:
        raise ProtocolError("a presentation data value is shorter than its own header")
    return length - 2, context, bool(flags & 1), bool(flags & 2)


def _pdu(kind: int, body: bytes) -> bytes:
    return struct.pack(">BxI", kind, len(body)) + body


def _item(kind: int, value: bytes) -> bytes:
    return _ITEM.pack(kind, len(value)) + value


def _items(data: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position < len(data):
        if position + 4 > len(data):
            raise ProtocolError("an item is cut off")
        kind, length = _ITEM.unpack_from(data, position)
        position += 4
        if position + length > len(data):
            raise ProtocolError("an item is longer than its PDU")
        yield kind, data[position : position + length]
        position += length


def _exactly(value: bytes, length: int) -> bytes:
    if len(value) != length:
        raise ProtocolError("an item has a wrong length")
    return value


def _title(title: str) -> bytes:
    return title.encode("ascii", "replace")[:16].ljust(16)


def _text(value: bytes) -> str:
    # PS3.8 9.3.2: leading and trailing spaces are not significant; NUL padding is met in the field.
    return value.decode("latin-1").strip(" \0")


def _uid(value: bytes) -> str:
    return value.decode("latin-1").rstrip(" \0")
