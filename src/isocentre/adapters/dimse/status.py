"""Status codes a C-STORE or C-ECHO of ours answers with (PS3.7 annex C; PS3.4 table B.2-1)."""

from __future__ import annotations

import errno

SUCCESS = 0x0000
MISSING_ATTRIBUTE = 0x0120
INVALID_ATTRIBUTE_VALUE = 0x0106
PROCESSING_FAILURE = 0x0110
INVALID_OBJECT_INSTANCE = 0x0117
SOP_CLASS_NOT_SUPPORTED = 0x0122
UNRECOGNIZED_OPERATION = 0x0211
OUT_OF_RESOURCES = 0xA700
CANNOT_UNDERSTAND = 0xC000

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EMFILE, errno.ENFILE)


def is_failure(status: int) -> bool:
    """True unless success (0000) or a warning (Bxxx, or 0001, 0107, 0116): PS3.7 annex C."""
    return status not in (SUCCESS, 0x0001, 0x0107, 0x0116) and status >> 12 != 0xB


def of_error(error: Exception) -> int:
    """The status that says why an object could not be kept: A700 when the machine is out of room, else 0110."""
    if isinstance(error, OSError) and error.errno in _FULL:
        return OUT_OF_RESOURCES
    return PROCESSING_FAILURE
