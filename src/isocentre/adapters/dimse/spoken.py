"""What our DIMSE code speaks, read from its own tables, for the conformance statement."""

from __future__ import annotations

from collections.abc import Iterable

from isocentre.adapters.dimse import association, contexts, getting, messages, pacs, status
from isocentre.adapters.dimse.limits import MIB, Limits
from isocentre.core.dicom import dictionary
from isocentre.core.dicom.part10 import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from isocentre.core.trust.facts import Named, Spoken

REJECTIONS = (
    (association.UNKNOWN_CALLER, "Calling AE title and address are not admitted, or a title cannot be one"),
    (association.WRONG_APPLICATION, "Another application context than DICOM's"),
    (association.WRONG_VERSION, "Another version of the upper layer protocol"),
    (association.CONGESTION, "The list of senders could not be read: try again"),
    (association.LOCAL_LIMIT, "As many associations are open as this sender, or all together, may have: try again"),
)

_NEWER = {
    "1.2.840.10008.5.1.4.1.1.66.7": "Label Map Segmentation Storage",
    "1.2.840.10008.5.1.4.1.1.66.8": "Height Map Segmentation Storage",
    "1.2.840.10008.5.1.4.1.1.9.100.1": "Waveform Presentation State Storage",
    "1.2.840.10008.5.1.4.1.1.9.100.2": "Waveform Acquisition Presentation State Storage",
}
"""Names of the standard that our dictionary of UIDs is too old for (PS3.6)."""


def spoken(limits: Limits | None = None) -> Spoken:
    """All of it, under the limits that are served with."""
    refusing = [one for module in (messages, status) for one in vars(module).values()
                if isinstance(one, status.Answer) and one.status]  # fmt: skip
    return Spoken(
        IMPLEMENTATION_CLASS_UID,
        IMPLEMENTATION_VERSION_NAME,
        (_named(contexts.VERIFICATION), *_all(contexts.storage_classes())),
        _all(contexts.TRANSFER_SYNTAXES),
        tuple((f"{code:04X}", *words) for code, words in sorted(status.MEANINGS.items())),
        tuple(dict.fromkeys((f"{one.status:04X}", one.words) for one in refusing)),
        tuple((", ".join(map(str, why)), words) for why, words in REJECTIONS),
        _limits(limits or Limits()),
        (
            (dictionary.uid_name(contexts.VERIFICATION), contexts.VERIFICATION, "Whether the PACS answers"),
            (dictionary.uid_name(pacs.FIND), pacs.FIND, "Finding scans, series and images"),
            (dictionary.uid_name(pacs.MOVE), pacs.MOVE, "Having the PACS send to our AE title"),
            (dictionary.uid_name(getting.GET), getting.GET, "Taking images on the association that we opened"),
        ),
        _all(getting.COMMON),
        _all([*getting.UNCOMPRESSED, *getting.COMPRESSED]),
        (("STUDY", ", ".join(pacs.STUDY_KEYS)), ("SERIES", ", ".join(pacs.SERIES_KEYS)), ("IMAGE", "SOPInstanceUID")),
    )


def _named(uid: str) -> Named:
    return Named(uid, _NEWER.get(uid) or dictionary.uid_name(uid))


def _all(uids: Iterable[str]) -> tuple[Named, ...]:
    """In the order of the standard's numbers."""
    return tuple(map(_named, sorted(uids, key=lambda uid: [int(part) for part in uid.split(".")])))


def _limits(limits: Limits) -> tuple[tuple[str, str], ...]:
    return (
        ("Associations at once, all senders", str(limits.associations)),
        ("Associations at once, one address", str(limits.per_address)),
        ("Associations at once, one sender", "as set with the sender, 16 unless changed"),
        ("Whole association request within", f"{limits.artim:g} s"),
        ("Silence between messages", f"{limits.idle:g} s"),
        ("Silence inside a message", f"{limits.stall:g} s"),
        ("Longest PDU that is taken", f"{limits.max_pdu:,} bytes"),
        ("Longest object", f"{limits.object_bytes // (1024 * MIB)} GiB"),
    )
