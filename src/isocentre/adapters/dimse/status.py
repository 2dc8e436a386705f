"""Status codes a C-STORE or C-ECHO of ours answers with (PS3.7 annex C; PS3.4 table B.2-1)."""

from __future__ import annotations

import errno
from dataclasses import dataclass

from isocentre.core.ports import NotKept

SUCCESS = 0x0000
MISSING_ATTRIBUTE = 0x0120
PROCESSING_FAILURE = 0x0110
INVALID_OBJECT_INSTANCE = 0x0117
SOP_CLASS_NOT_SUPPORTED = 0x0122
UNRECOGNIZED_OPERATION = 0x0211
OUT_OF_RESOURCES = 0xA700
CANNOT_UNDERSTAND = 0xC000

MEANINGS = {
    SUCCESS: ("Success", "The object is safe on disk and in the ledger here. This is no archive: keep yours."),
    OUT_OF_RESOURCES: ("Out of resources", "No room on the disk, or longer than is taken. Send it again later."),
    PROCESSING_FAILURE: ("Processing failure", "A failure of ours. Send it again later."),
    INVALID_OBJECT_INSTANCE: ("Invalid object instance", "The SOP Instance UID announced is not one. Have it mended."),
    MISSING_ATTRIBUTE: ("Missing attribute", "The request names no SOP Class or Instance UID. Have it mended."),
    SOP_CLASS_NOT_SUPPORTED: ("SOP class not supported", "Another class than that of the presentation context."),
    UNRECOGNIZED_OPERATION: ("Unrecognized operation", "Nothing but C-STORE and C-ECHO is served."),
    CANNOT_UNDERSTAND: ("Cannot understand", "No data set, not readable to its end, without its UIDs or with other "
                        "UIDs than announced, or taken back here before. The error comment says which."),
}  # fmt: skip
"""Every status that is answered: its name, and what it means for the sender."""

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EMFILE, errno.ENFILE)


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, and where it refuses: the key of the cause, and why in words for the sender (at most 64 characters)."""

    status: int = SUCCESS
    cause: str = ""
    words: str = ""


NO_ROOM = Answer(OUT_OF_RESOURCES, "no_room", "There is no room for the object; send it again later")
FAILED = Answer(PROCESSING_FAILURE, "failed", "The object could not be kept; send it again later")
TOO_LONG = Answer(OUT_OF_RESOURCES, "too_long", "The object is longer than is taken here")


def is_failure(status: int) -> bool:
    """True unless success (0000) or a warning (Bxxx, or 0001, 0107, 0116): PS3.7 annex C."""
    return status not in (SUCCESS, 0x0001, 0x0107, 0x0116) and status >> 12 != 0xB


def of_error(error: Exception) -> Answer:
    """What says why an object could not be kept: A700 when the machine is out of room, else 0110."""
    if isinstance(error, NotKept):
        return Answer(error.status, error.cause, error.words)
    if isinstance(error, OSError) and error.errno in _FULL:
        return NO_ROOM
    return FAILED
