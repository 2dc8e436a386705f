"""One association from the socket to its close: the acceptor's side of PS3.8 section 9.2."""

from __future__ import annotations

import logging
import secrets
import socket
import time
from collections.abc import Callable
from typing import Final

from isocentre.adapters.dimse import pdu
from isocentre.adapters.dimse.contexts import accept
from isocentre.adapters.dimse.incoming import Budget, Scratch
from isocentre.adapters.dimse.limits import Limits
from isocentre.adapters.dimse.messages import Messages, describe
from isocentre.adapters.dimse.pdu import ProtocolError
from isocentre.adapters.dimse.wire import PeerClosed, PeerSilent, Wire
from isocentre.core.ports import TOO_MANY, Admission, Receiving

# (result, source, reason) of A-ASSOCIATE-RJ, PS3.8 table 9-21.
UNKNOWN_CALLER: Final = (1, 1, 3)
WRONG_APPLICATION: Final = (1, 1, 2)
WRONG_VERSION: Final = (1, 2, 2)
CONGESTION: Final = (2, 3, 1)
LOCAL_LIMIT: Final = (2, 3, 2)

_PDU_SLACK = 4096  # some senders count the maximum length without the heads of the data values

log = logging.getLogger(__name__)


class Rejected(Exception):
    """The association is refused with these three bytes."""

    def __init__(self, why: tuple[int, int, int]) -> None:
        super().__init__("association refused")
        self.why = why


class Association:
    """Serves one connected socket, blocking, in its own thread. `run` closes the socket and never raises.

    `reserve(peer, limit, idle)` asks for one of the peer's places, across processes, which another association of it
    that was silent for `idle` seconds gives up if it must; `full` refuses whoever it is.
    """

    def __init__(
        self,
        sock: socket.socket,
        address: str,
        receiving: Receiving,
        *,
        limits: Limits,
        budget: Budget,
        reserve: Callable[[str, int, float], bool],
        full: bool = False,
    ) -> None:
        self._wire = Wire(sock, limits.artim)
        self._address = address
        self._receiving = receiving
        self._limits = limits
        self._budget = budget
        self._reserve = reserve
        self._full = full
        self._stopping = False
        self._messages: Messages | None = None
        self._name = "not associated"
        self._heard_at: float | None = None

    @property
    def busy(self) -> bool:
        """True while a message is on its way."""
        return self._messages is not None and self._messages.in_progress

    def silent_for(self) -> float | None:
        """Seconds since the peer last said anything; None while a message is on its way, or it is not associated."""
        heard = self._heard_at
        return None if heard is None or self.busy or self._stopping else time.monotonic() - heard

    def stop(self) -> None:
        """End soon: at once when nothing is on its way. From any thread."""
        self._stopping = True
        if not self.busy:
            self._wire.stop_reading()

    def cut(self) -> None:
        """End now. From any thread."""
        self._stopping = True
        self._wire.stop_reading()

    def run(self) -> None:
        """Serve until the peer releases, aborts, breaks the protocol, falls silent, or we are told to stop."""
        try:
            self._serve()
        except Rejected as error:
            self._last_word(pdu.encode_reject(*error.why))
        except ProtocolError as error:
            log.warning("association %s aborted: %s", self._name, error)
            self._last_word(pdu.encode_abort(2, error.reason))
        except PeerSilent as error:
            log.warning("association %s aborted: %s", self._name, error)
            self._last_word(pdu.encode_abort(2, 0))
        except PeerClosed as error:
            log.info("association %s ended without release: %s", self._name, error)
            if self._stopping:
                self._last_word(pdu.encode_abort(2, 0))
        except Exception as error:  # noqa: BLE001 - a fault of ours ends this association and no other
            log.error("association %s failed: %s", self._name, describe(error))
            self._last_word(pdu.encode_abort(2, 0))
        finally:
            if self._messages is not None:
                self._messages.abandon()
            self._wire.close()

    def _serve(self) -> None:
        self._wire.wait_until(time.monotonic() + self._limits.artim)
        request = self._request()
        admission = self._admit(request)
        scratch = Scratch(self._budget)
        try:
            answer = accept(request, self._limits.max_pdu)
            name = secrets.token_hex(8)
            self._name = f"{name} of {admission.peer}"
            syntaxes = {offer.id: offer.abstract_syntax for offer in request.proposed}
            self._messages = Messages(
                self._wire,
                self._receiving,
                scratch,
                self._limits,
                contexts={a.id: (syntaxes[a.id], a.transfer_syntax) for a in answer.answered if a.result == 0},
                peer_max_length=request.max_length,
                who={
                    "calling_ae": request.calling_ae,
                    "called_ae": request.called_ae,
                    "address": self._address,
                    "peer": admission.peer or "",
                    "association": name,
                },
            )
            self._wire.send(pdu.encode_associate(answer))
            self._converse(self._messages)
            log.info("association %s released, %d kept", self._name, self._messages.stored)
        finally:
            scratch.close()

    def _request(self) -> pdu.Associate:
        kind, length = self._header()
        if kind != pdu.ASSOCIATE_RQ:
            raise ProtocolError("something else before A-ASSOCIATE-RQ", _unexpected(kind))
        if length > self._limits.associate_bytes:
            raise ProtocolError("an A-ASSOCIATE-RQ is too long")
        request = pdu.decode_associate(self._wire.exactly(length))
        if not request.protocol_version & 1:
            raise Rejected(WRONG_VERSION)
        if request.application_context != pdu.APPLICATION_CONTEXT:
            raise Rejected(WRONG_APPLICATION)
        if not request.proposed:
            raise ProtocolError("an A-ASSOCIATE-RQ without presentation context")
        return request

    def _admit(self, request: pdu.Associate) -> Admission:
        if self._full:
            raise Rejected(LOCAL_LIMIT)
        for title in (request.calling_ae, request.called_ae):
            if not title or not title.isascii() or not title.isprintable():
                raise Rejected(UNKNOWN_CALLER)
        try:
            admission = self._receiving.admit(
                calling_ae=request.calling_ae, called_ae=request.called_ae, address=self._address
            )
        except Exception as error:
            log.error("a peer could not be looked up: %s", describe(error))
            raise Rejected(CONGESTION) from error
        if admission.peer is None:
            log.warning("a peer at %s was refused: not admitted", self._address)
            raise Rejected(UNKNOWN_CALLER)
        if not self._reserve(admission.peer, admission.max_associations, admission.idle_seconds):
            log.warning("peer %s was refused: it has as many associations as it may", admission.peer)
            self._count_refused(request, admission.peer)
            raise Rejected(LOCAL_LIMIT)
        return admission

    def _count_refused(self, request: pdu.Associate, peer: str) -> None:
        """Let the people here see it: their limit may be too low, or a sender leaves associations open."""
        try:
            self._receiving.refused(
                calling_ae=request.calling_ae, called_ae=request.called_ae, address=self._address, peer=peer,
                association="", cause=TOO_MANY, words="As many associations are open as this sender may have",
            )  # fmt: skip
        except Exception as error:  # noqa: BLE001 - the peer must get its answer all the same
            log.error("a refused association could not be counted: %s", describe(error))

    def _converse(self, messages: Messages) -> None:
        while True:
            self._heard_at = time.monotonic()
            if self._stopping and not messages.in_progress:
                raise PeerClosed("we are stopping")
            self._wire.wait(self._limits.stall if messages.in_progress else self._limits.idle)
            kind, length = self._header()
            self._wire.wait(self._limits.stall)
            if kind == pdu.P_DATA_TF:
                if length > self._limits.max_pdu + _PDU_SLACK:
                    raise ProtocolError("a P-DATA-TF is longer than we said we take")
                messages.p_data(length)
            elif kind == pdu.RELEASE_RQ and length == 4:
                self._wire.exactly(4)
                messages.abandon()
                self._last_word(pdu.encode_release_rp())
                return
            elif kind == pdu.ABORT and length == 4:
                raise PeerClosed("the peer aborted")
            else:
                raise ProtocolError("a PDU that has no place here", _unexpected(kind))

    def _header(self) -> tuple[int, int]:
        header = self._wire.exactly(6)
        return header[0], int.from_bytes(header[2:], "big")

    def _last_word(self, data: bytes) -> None:
        if self._messages is not None:
            self._messages.abandon()
        try:
            self._wire.send(data)
        except (PeerClosed, PeerSilent):
            return
        self._wire.drain(min(self._limits.artim, 5.0))


def _unexpected(kind: int) -> int:
    return pdu.UNEXPECTED_PDU if pdu.ASSOCIATE_RQ <= kind <= pdu.ABORT else pdu.UNRECOGNIZED_PDU
