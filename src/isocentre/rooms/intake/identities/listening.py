"""What the HL7 listener hands in: taken, or refused with the reason, the same whether anybody here is concerned."""

from __future__ import annotations

import structlog
from django.db import DatabaseError, connection
from django.utils import timezone

from isocentre.core.hl7.message import BadMessage, Message, acknowledgement, read
from isocentre.core.hl7.notices import notices
from isocentre.rooms.intake.identities import asking
from isocentre.rooms.intake.identities.rows import IdentityQuestion

log = structlog.get_logger()
TAKEN, AGAIN, NOT_TAKEN = "AA", "AE", "AR"


class Hearing:
    """Implements `core.ports.Hearing`; one a process, used by many threads."""

    def __init__(self) -> None:
        self.taken = self.refused = 0

    def hear(self, data: bytes, *, address: str) -> bytes:
        """The acknowledgement of a message. What concerns nobody enrolled here leaves nothing behind."""
        now = timezone.localtime()
        message: Message | None = None
        try:
            message = read(data)
            said = notices(message)
            asking.hear(said, source=IdentityQuestion.HL7, told_by=address, control_id=message.control_id)
        except BadMessage as error:
            self.refused += 1
            log.warning("hl7_refused", phase="intake", address=address)
            return acknowledgement(message, NOT_TAKEN, f"Not understood: {error}", at=now)
        except DatabaseError as error:
            log.error("hl7_not_kept", phase="intake", error=type(error).__name__)
            if not connection.in_atomic_block:
                connection.close()  # the next message has a fresh one, should this be broken
            return acknowledgement(message, AGAIN, "Busy: send it again", at=now)
        self.taken += 1
        return acknowledgement(message, TAKEN, at=now)

    def leave(self) -> None:
        """Close the calling thread's connection to the database: nobody else would."""
        connection.close()
