"""Kinds of object that are held by a rule of their own: why, in words for a person, and pictures that nobody reads."""

from __future__ import annotations

from isocentre.core.deid.rules import Held

_ROOT = "1.2.840.10008.5.1.4.1.1."
_PERSON = "A person looks at it in the hospital's own viewer, and leaves it out or rejects it."
_FAMILIES: tuple[tuple[str, str, str], ...] = (
    ("document", "104.1",
     f"A PDF document: names, numbers and pictures may stand anywhere in it, and nobody can prove it clean. {_PERSON}"),
    ("document", "104.2",
     f"A clinical document (CDA): it is about the patient by name, in words. {_PERSON}"),
    ("document", "104",
     "A document with a surface (STL, OBJ) or its materials (MTL): comments and names of parts are free text, and a "
     f"surface of the head is a face. {_PERSON}"),
    ("video", "77.1.1.1 77.1.2.1 77.1.4.1",
     f"A video: faces, names and voices may be in any frame and in its sound, and nothing looks through it. {_PERSON}"),
    ("sound", "9.4",
     f"A recording of sound: people are known by their voice, and say names. {_PERSON}"),
    ("", "9", "A waveform (ECG and the like): it passes only where a profile names it, with its texts cleaned."),
    ("", "11", "Marks and text drawn on images: they pass only where a profile names them, with their texts cleaned."),
    ("", "66", "Raw or other data of the maker: nobody can say what is inside."),
)  # fmt: skip
"""Reason (empty: a profile may let it pass), tails of SOP class UIDs, whole or up to a point, and words; first fits."""
_OTHER = "The profile does not know this kind of object."
_VIDEO = frozenset(f"1.2.840.10008.1.2.4.{number}" for number in range(100, 109))
_STREAM, _ELSEWHERE = "1.2.840.10008.1.2.7.", ("94", "95", "204", "205")


def never(sop_class: str) -> str:
    """The reason for which an object of this SOP class is held whatever a profile says; empty when there is none."""
    return _family(sop_class)[0]


def words(sop_class: str) -> str:
    """Why an object of this SOP class is held where no profile says why."""
    return _family(sop_class)[1]


def _family(sop_class: str) -> tuple[str, str]:
    tail = sop_class.removeprefix(_ROOT)
    if tail != sop_class:
        for reason, tails, said in _FAMILIES:
            if any(tail == one or tail.startswith(one + ".") for one in tails.split()):
                return reason, said
    return "", _OTHER


def screen_syntax(syntax: str) -> None:
    """Raise Held for a picture that is a film with sound (MPEG, HEVC, a stream), or lies elsewhere (JPIP).

    Whatever kind of object it is and whatever the profile says of it (PS3.5 A.4.5 to A.4.8, A.6 to A.9).
    """
    if syntax.startswith(_STREAM) or syntax in _VIDEO or syntax.rpartition(".")[0] in _VIDEO:
        said = "Its picture is a video: faces and names may be in any frame, and names in its sound."
        raise Held("video", f"{said} Leave it out, or ask for single images.")
    if syntax.removeprefix("1.2.840.10008.1.2.4.") in _ELSEWHERE:
        raise Held("picture", "Its picture lies on another server, at an address. Send it again with its picture.")
