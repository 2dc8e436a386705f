"""Which presentation contexts we accept: Verification and all storage classes, in the syntaxes we keep as they came."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from isocentre.adapters.dimse.pdu import Answered, Associate, Proposed, Role
from isocentre.core.dicom import dictionary
from isocentre.core.dicom.part10 import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME

VERIFICATION: Final = "1.2.840.10008.1.1"
_STORAGE_ROOT = "1.2.840.10008.5.1.4.1.1."
_ALSO: Final = frozenset(
    "1.2.840.10008.5.1.4." + tail for tail in ("1.1.66.7", "1.1.66.8", "1.1.9.100.1", "1.1.9.100.2", "34.7", "34.10")
)
"""Label and height map segmentations, presentations of waveforms, delivery instructions of radiotherapy."""

TRANSFER_SYNTAXES: Final = frozenset(
    "1.2.840.10008.1.2" + tail
    for tail in (
        "",  # Implicit VR Little Endian
        ".1",  # Explicit VR Little Endian
        ".1.99",  # Deflated Explicit VR Little Endian
        ".2",  # Explicit VR Big Endian
        ".5",  # RLE Lossless
        ".4.50",  # JPEG Baseline
        ".4.51",  # JPEG Extended
        ".4.57",  # JPEG Lossless
        ".4.70",  # JPEG Lossless, first-order prediction
        ".4.80",  # JPEG-LS Lossless
        ".4.81",  # JPEG-LS Near-Lossless
        ".4.90",  # JPEG 2000 Lossless
        ".4.91",  # JPEG 2000
        ".4.92",  # JPEG 2000 Part 2 Lossless
        ".4.93",  # JPEG 2000 Part 2
        ".4.201",  # HTJ2K Lossless
        ".4.202",  # HTJ2K Lossless RPCL
        ".4.203",  # HTJ2K
    )
)


@lru_cache(maxsize=1)
def storage_classes() -> frozenset[str]:
    """Every storage SOP class of pydicom's UID dictionary (PS3.4 B.5, and retired), and those it lacks."""
    return dictionary.storage_classes(_STORAGE_ROOT) | _ALSO


def answer(offer: Proposed) -> Answered:
    """Accept the first acceptable syntax in the proposer's order; else say which half is not supported."""
    if offer.abstract_syntax != VERIFICATION and offer.abstract_syntax not in storage_classes():
        return Answered(offer.id, 3, offer.transfer_syntaxes[0])
    for syntax in offer.transfer_syntaxes:
        if syntax in TRANSFER_SYNTAXES:
            return Answered(offer.id, 0, syntax)
    return Answered(offer.id, 4, offer.transfer_syntaxes[0])


def accept(request: Associate, max_length: int) -> Associate:
    """The A-ASSOCIATE-AC to `request`: we are SCP of every class (never SCU), one operation at a time.

    Role selection and the window are answered only when asked for (PS3.7 D.3.3.3, D.3.3.4).
    """
    return Associate(
        called_ae=request.called_ae,
        calling_ae=request.calling_ae,
        answered=tuple(answer(offer) for offer in request.proposed),
        max_length=max_length,
        implementation_class_uid=IMPLEMENTATION_CLASS_UID,
        implementation_version=IMPLEMENTATION_VERSION_NAME,
        async_window=None if request.async_window is None else (1, 1),
        roles=tuple(Role(role.sop_class, role.scu, False) for role in request.roles),
    )
