"""A small sender: C-ECHO, and C-STORE of Part 10 files, streamed as they are (for demo and canary)."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final

from isocentre.adapters.dimse import command, pdu
from isocentre.adapters.dimse.contexts import VERIFICATION
from isocentre.adapters.dimse.pdu import Answered, Associate, Proposed, ProtocolError
from isocentre.adapters.dimse.wire import Wire
from isocentre.core.dicom.header import read_meta
from isocentre.core.dicom.part10 import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from isocentre.core.dicom.walk import MalformedDicom

NOT_SENT: Final = -1  # no presentation context for it was accepted, or it is not a DICOM file
_BLOCK = 1 << 20
_CONTEXTS = 128  # ids are odd and one byte (PS3.8 9.3.2.2)


class AssociationRefused(ConnectionError):
    """The peer refused: (result, source, reason) of PS3.8 table 9-21."""

    def __init__(self, why: tuple[int, int, int]) -> None:
        super().__init__(f"association refused: result {why[0]}, source {why[1]}, reason {why[2]}")
        self.why = why


@dataclass(frozen=True, slots=True)
class _Object:
    path: Path
    offset: int
    sop_class: str
    sop_instance: str
    syntax: str


def echo(host: str, port: int, called_ae: str, calling_ae: str, *, timeout: float = 30.0) -> int:
    """C-ECHO; the status. OSError (also AssociationRefused) when there is no association."""
    offers = [Proposed(1, VERIFICATION, ("1.2.840.10008.1.2",))]
    with _Sender(host, port, called_ae, calling_ae, offers, timeout) as sender:
        return sender.ask(1, command.echo_request(1))


def send(
    host: str, port: int, called_ae: str, calling_ae: str, files: Iterable[Path], *, timeout: float = 60.0
) -> list[tuple[Path, int]]:
    """C-STORE every file on as few associations as contexts allow; (file, status) in the order given.

    The data set goes out exactly as it lies in the file, so the peer must accept its transfer syntax; status NOT_SENT
    where it does not, or the file has no DICOM head. OSError when there is no association or it breaks; ProtocolError
    when the peer answers out of order.
    """
    order = list(files)
    results: dict[Path, int] = dict.fromkeys(order, NOT_SENT)
    groups: dict[tuple[str, str], list[_Object]] = {}
    for path in results:
        found = _look(path)
        if found is not None:
            groups.setdefault((found.sop_class, found.syntax), []).append(found)
    kinds = list(groups)
    for start in range(0, len(kinds), _CONTEXTS):
        some = kinds[start : start + _CONTEXTS]
        offers = [Proposed(2 * i + 1, kind[0], (kind[1],)) for i, kind in enumerate(some)]
        with _Sender(host, port, called_ae, calling_ae, offers, timeout) as sender:
            for offer, kind in zip(offers, some, strict=True):
                for item in groups[kind]:
                    if offer.id in sender.accepted:
                        results[item.path] = sender.store(offer.id, item)
    return [(path, results[path]) for path in order]


def _look(path: Path) -> _Object | None:
    with path.open("rb") as file:
        head = file.read(_BLOCK)
    try:
        meta, offset = read_meta(head)
    except MalformedDicom:
        return None
    named = (meta.get(tag, b"").decode("ascii", "replace").strip(" \0") for tag in (0x00020002, 0x00020003, 0x00020010))
    sop_class, sop_instance, syntax = named
    return _Object(path, offset, sop_class, sop_instance, syntax) if sop_class and sop_instance and syntax else None


class _Sender:
    """One association as requestor."""

    def __init__(self, host: str, port: int, called: str, calling: str, offers: list[Proposed], timeout: float) -> None:
        sock = socket.create_connection((host, port), timeout)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._wire = Wire(sock, timeout)
        self._message = 0
        try:
            self._wire.send(
                pdu.encode_associate(
                    Associate(
                        called,
                        calling,
                        proposed=tuple(offers),
                        max_length=_BLOCK,
                        implementation_class_uid=IMPLEMENTATION_CLASS_UID,
                        implementation_version=IMPLEMENTATION_VERSION_NAME,
                    )
                )
            )
            answer = self._answer()
        except BaseException:
            self._wire.close()
            raise
        self.accepted = {context.id for context in answer.answered if _taken(context)}
        self._max = answer.max_length

    def __enter__(self) -> _Sender:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._wire.send(pdu.encode_release_rq())
                self._body(pdu.RELEASE_RP)
        finally:
            self._wire.close()

    def ask(self, context: int, request: bytes) -> int:
        """Send a request without data set; the status of its response."""
        self._wire.send(pdu.encode_message(context, request, self._max))
        return self._status()

    def store(self, context: int, item: _Object) -> int:
        """C-STORE one file; the status."""
        self._message = self._message % 0xFFFF + 1
        request = command.store_request(self._message, item.sop_class, item.sop_instance)
        with item.path.open("rb") as file:
            left = item.path.stat().st_size - item.offset
            file.seek(item.offset)
            self._wire.send(pdu.encode_message(context, request, self._max))
            self._data(context, file, left)
        return self._status()

    def _data(self, context: int, file: BinaryIO, left: int) -> None:
        step = min(self._max - 6, _BLOCK) if self._max else _BLOCK
        while True:
            block = file.read(min(step, left))
            left -= len(block)
            last = left == 0 or not block
            self._wire.send(pdu.pdv_header(context, len(block), command=False, last=last) + block)
            if last:
                return

    def _status(self) -> int:
        parts = b""
        while True:
            body = self._body(pdu.P_DATA_TF)
            while body:
                length, _, is_command, last = pdu.read_pdv_header(body[:6])
                parts += body[6 : 6 + length]
                body = body[6 + length :]
                if is_command and last:
                    return command.decode(parts).status

    def _answer(self) -> Associate:
        kind, body = self._any()
        if kind == pdu.ASSOCIATE_RJ:
            raise AssociationRefused((body[1], body[2], body[3]))
        if kind != pdu.ASSOCIATE_AC:
            raise ProtocolError("no answer to A-ASSOCIATE-RQ")
        return pdu.decode_associate(body)

    def _body(self, wanted: int) -> bytes:
        kind, body = self._any()
        if kind != wanted:
            raise ConnectionAbortedError("the peer ended the association")
        return body

    def _any(self) -> tuple[int, bytes]:
        head = self._wire.exactly(6)
        length = int.from_bytes(head[2:], "big")
        if length > 2 * _BLOCK:
            raise ProtocolError("a PDU is longer than we said we take")
        return head[0], self._wire.exactly(length)


def _taken(context: Answered) -> bool:
    return context.result == 0
