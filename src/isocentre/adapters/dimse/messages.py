"""DIMSE messages on one association: fragments in, C-ECHO and C-STORE done, responses out (PS3.7 9.1.1, 9.1.5)."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Mapping

from isocentre.adapters.dimse import command as dimse
from isocentre.adapters.dimse import pdu, status
from isocentre.adapters.dimse.contexts import VERIFICATION
from isocentre.adapters.dimse.incoming import Incoming, Scratch
from isocentre.adapters.dimse.limits import Limits
from isocentre.adapters.dimse.pdu import ProtocolError
from isocentre.adapters.dimse.status import Answer
from isocentre.adapters.dimse.wire import Wire
from isocentre.core import points
from isocentre.core.dicom.part10 import file_meta
from isocentre.core.ids import is_uid
from isocentre.core.ports import NotKept, Received, Receiving

NO_UID = Answer(status.MISSING_ATTRIBUTE, "announced_no_uid", "The request names no SOP Class or SOP Instance UID")
BAD_UID = Answer(status.INVALID_OBJECT_INSTANCE, "announced_bad_uid", "The SOP Instance UID announced is not a UID")
OTHER_CLASS = Answer(
    status.SOP_CLASS_NOT_SUPPORTED, "other_class", "The SOP class is not that of the presentation context"
)
NO_DATA = Answer(status.CANNOT_UNDERSTAND, "no_data", "The request comes without a data set")
BROKEN_OFF = Answer(0, "broken_off", "The connection ended before the whole object had come")

log = logging.getLogger(__name__)


class Messages:
    """The message in progress of one association, and what is done with it when it is whole.

    `contexts`: accepted presentation context id → (abstract syntax, transfer syntax). `who`: the facts of the
    association that go into every `Received` (calling_ae, called_ae, address, peer, association).
    """

    def __init__(
        self,
        wire: Wire,
        receiving: Receiving,
        scratch: Scratch,
        limits: Limits,
        *,
        contexts: Mapping[int, tuple[str, str]],
        peer_max_length: int,
        who: Mapping[str, str],
    ) -> None:
        self._wire = wire
        self._receiving = receiving
        self._scratch = scratch
        self._limits = limits
        self._contexts = contexts
        self._peer_max_length = peer_max_length
        self._who = who
        self._command = bytearray()
        self._context: int | None = None
        self._request: dimse.Command | None = None
        self._incoming: Incoming | None = None
        self._refusal = Answer()
        self.stored = 0

    @property
    def in_progress(self) -> bool:
        """True from the first byte of a message to its response."""
        return self._context is not None

    def p_data(self, length: int) -> None:
        """Read the `length` bytes of one P-DATA-TF; ProtocolError when they are not whole presentation data values."""
        if length < 6:
            raise ProtocolError("a P-DATA-TF without presentation data value")
        while length:
            if length < 6:
                raise ProtocolError("a presentation data value is cut off")
            payload, context, is_command, last = pdu.read_pdv_header(self._wire.exactly(6))
            length -= 6 + payload
            if length < 0:
                raise ProtocolError("a presentation data value is longer than its PDU")
            if context not in self._contexts:
                raise ProtocolError("a presentation context that was not accepted")
            if payload == 0 and not last:
                # An empty last fragment ends an object that filled its PDU (met in the field); before it, noise.
                raise ProtocolError("an empty fragment")
            if is_command:
                self._command_fragment(payload, context, last)
            else:
                self._data_fragment(payload, context, last)

    def abandon(self) -> None:
        """The association ended: drop the object on its way, if there is one, and its temp file."""
        if self._incoming is not None:
            self._incoming.discard()
            self._record(BROKEN_OFF)
        self._end()

    def _command_fragment(self, payload: int, context: int, last: bool) -> None:
        if self._request is not None or self._context not in (None, context):
            raise ProtocolError("a command before the end of the message before", pdu.UNEXPECTED_PARAMETER)
        if len(self._command) + payload > self._limits.command_bytes:
            raise ProtocolError("a command set is too long")
        self._context = context
        self._command += self._wire.exactly(payload)
        if not last:
            return
        request = self._request = dimse.decode(bytes(self._command))
        self._command.clear()
        if request.response:
            raise ProtocolError("a response to nothing we asked", pdu.UNEXPECTED_PARAMETER)
        self._refusal = self._refuse(request, self._contexts[context])
        if request.field == dimse.C_CANCEL_RQ:
            self._end()  # there is never anything to cancel, and a C-CANCEL has no response (PS3.7 9.3.2.3)
        elif not request.data_set:
            self._respond(request, self._refusal)
        elif self._refusal.status == status.SUCCESS:
            self._begin(request, context)

    def _refuse(self, request: dimse.Command, context: tuple[str, str]) -> Answer:
        """Why this request is not served, else success."""
        abstract = context[0]
        if request.field == dimse.C_ECHO_RQ:
            return Answer() if abstract == VERIFICATION else Answer(status.SOP_CLASS_NOT_SUPPORTED)
        if request.field != dimse.C_STORE_RQ:
            return Answer(status.UNRECOGNIZED_OPERATION)
        if not request.sop_class_uid or not request.sop_instance_uid:
            return NO_UID
        if request.sop_class_uid != abstract or abstract == VERIFICATION:
            return OTHER_CLASS
        if not is_uid(request.sop_instance_uid):
            return BAD_UID  # whoever makes a path of a UID must never meet this one
        return Answer() if request.data_set else NO_DATA

    def _begin(self, request: dimse.Command, context: int) -> None:
        if request.field != dimse.C_STORE_RQ:
            return
        head = file_meta(
            request.sop_class_uid,
            request.sop_instance_uid,
            self._contexts[context][1],
            calling_ae=self._who["calling_ae"],
        )
        self._incoming = Incoming(self._scratch, self._receiving.temporary, head, self._limits)

    def _data_fragment(self, payload: int, context: int, last: bool) -> None:
        if self._request is None or context != self._context:
            raise ProtocolError("a data set without its command", pdu.UNEXPECTED_PARAMETER)
        if self._incoming is not None:
            self._incoming.take(self._wire, payload)
        else:
            self._let_by(payload)
        if last:
            answer = self._refusal if self._incoming is None else self._keep(self._request, self._incoming)
            self._respond(self._request, answer)

    def _let_by(self, count: int) -> None:
        window = self._scratch.view
        while count:
            step = min(count, len(window))
            self._wire.into(window[:step])
            count -= step

    def _keep(self, request: dimse.Command, incoming: Incoming) -> Answer:
        if incoming.failure is not None:
            return incoming.failure
        abstract, syntax = self._contexts[self._context or 0]
        try:
            whole = incoming.finish()
            received = Received(
                path=whole.path,
                dataset_offset=incoming.head,
                size=whole.size,
                sop_class_uid=abstract,
                sop_instance_uid=request.sop_instance_uid,
                transfer_syntax=syntax,
                buffer=whole.buffer,
                **self._who,
            )
            answer = Answer(self._receiving.keep(received))
        except NotKept as error:
            answer = status.of_error(error)
        except Exception as error:  # noqa: BLE001 - the peer must get a status whatever fails, and keep the object
            answer = status.of_error(error)
            log.error("an object could not be kept: %s", describe(error))
        if status.is_failure(answer.status):
            incoming.discard()
        else:
            self.stored += 1
        return answer

    def _record(self, answer: Answer) -> None:
        """Let the people here see what was refused; nothing that fails on the way is the sender's matter."""
        try:
            self._receiving.refused(cause=answer.cause, words=answer.words, **self._who)
        except Exception as error:  # noqa: BLE001 - the peer must get its status all the same
            log.error("a refused object could not be counted: %s", describe(error))

    def _respond(self, request: dimse.Command, answer: Answer) -> None:
        context = self._context or 0
        self._end()
        if answer.cause:
            self._record(answer)
        payload = dimse.response(request, answer.status, answer.words)
        self._wire.send(pdu.encode_message(context, payload, self._peer_max_length))
        points.reach("dimse.answered")

    def _end(self) -> None:
        incoming, self._incoming = self._incoming, None
        if incoming is not None:
            incoming.close()
        self._context = self._request = None
        self._command.clear()


def describe(error: BaseException) -> str:
    """An error for a log: its kind and where it arose, never its text, which may quote a patient's data."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    where = " < ".join(f"{frame.name}:{frame.lineno}" for frame in reversed(frames))
    return f"{type(error).__name__} at {where}"
