"""Questions to the whole object: may this kind pass, is there a face, is it a copied screen, are its UIDs whole."""

from __future__ import annotations

import re
from collections.abc import Sequence

from isocentre.core.deid import kinds
from isocentre.core.deid.profile import UNNAMED, ClassRule, Profile
from isocentre.core.deid.rules import Held
from isocentre.core.ids import is_uid

STORAGE = "1.2.840.10008.5.1.4.1.1."
_REASONS = (
    ("ultrasound", ("3", "6")),
    ("secondary_capture", ("7",)),
    ("structured_report", ("88",)),
    ("document", ("104",)),
)
_FACES = frozenset({STORAGE + tail for tail in ("2", "2.1", "2.2", "4", "4.1", "4.3", "4.4")})
_WITHOUT_FACE = """
ABDOMEN ABDOMENPELVIS ADRENAL ANKLE AORTA ARM AXILLA BACK BLADDER BREAST BRONCHUS BUTTOCK CALCANEUS CALF CARDIAC
CHEST CHESTABDOMEN CHESTABDPELVIS CLAVICLE COCCYX COLON DUODENUM ELBOW EXTREMITY FEMUR FINGER FOOT FOREARM
GALLBLADDER HAND HEART HIP HUMERUS ILIUM KIDNEY KNEE LEG LIVER LOWERLIMB LSPINE LSSPINE LUNG MEDIASTINUM OVARY
PANCREAS PATELLA PELVIS PELVISLOWEXTREMITY PROSTATE RADIUS RADIUSULNA RECTUM RIB SACRUM SCAPULA SCROTUM SHOULDER
SIJOINT SPLEEN SSPINE STERNUM STOMACH TESTIS THIGH THORAX THUMB TIBIA TIBIAFIBULA TLSPINE TOE TSPINE ULNA UPPERLIMB
URETER UTERUS VAGINA WRIST PHANTOM QAPHANTOM
"""
_NO_FACE = frozenset(_WITHOUT_FACE.split())
_LABEL_SHOWN = 0x00480010
_SCREENSHOTS = ("SCREEN SAVE", "SCREENSAVE", "SCREEN CAPTURE")
_PLAIN = frozenset({STORAGE + tail for tail in ("2", "2.1", "2.2", "4", "4.1", "4.4", "128", "128.1", "130")})
_TOMOSYNTHESIS = STORAGE + "13.1.3"


def screen_class(profile: Profile, sop_class: str, image_type: Sequence[str] = (), title: str = "") -> ClassRule:
    """The profile's rule for this SOP class, image of this type or report; raises Held, or LeftOut, where it stops it.

    `title`: code (DCM) of a report's title (`report_title`).
    """
    if not sop_class:
        raise Held("missing_uid", "The object does not say what kind it is (SOP class UID).")
    rule = profile.rule(sop_class, image_type, title)
    if rule.disposition == "leave_out":
        raise LeftOut("left_out_by_profile", rule.why)
    never = kinds.never(sop_class)
    if rule.disposition == "hold" or never:
        own = rule.disposition == "hold" and rule is not UNNAMED
        raise Held(never or _reason(profile, sop_class), rule.why if own else kinds.words(sop_class))
    return rule


class LeftOut(Held):
    """The object is not wanted by the research study."""


def _reason(profile: Profile, sop_class: str) -> str:
    tail = sop_class.removeprefix(STORAGE)
    for reason, tails in _REASONS:
        if sop_class.startswith(STORAGE) and tail.split(".")[0] in tails:
            return reason
    return "held_by_profile" if sop_class in profile.sop_classes else "unknown_class"


def may_show_face(sop_class: str, body_part: bytes) -> bool:
    """True for CT and MR of the head, or of a body part that is missing or not known to leave the face out."""
    if sop_class not in _FACES:
        return False
    said = body_part.decode("ascii", "replace").upper()
    if re.sub(r"[^A-Z]", "", said) in _NO_FACE:
        return False
    parts = [part for part in re.split(r"[^A-Z]+", said) if part and part != "AND"]
    return not parts or not set(parts) <= _NO_FACE


def loses_face(
    profile: Profile, sop_class: str, body_part: bytes, waiver: bool, image_type: Sequence[str] = ()
) -> bool:  # fmt: skip
    """Whether the face is taken out of such an object: the profile says so, there may be one, and no waiver."""
    if waiver or not may_show_face(sop_class, body_part):
        return False
    return profile.rule(sop_class, image_type).cleans_faces


def words_of(image_type: bytes) -> tuple[str, ...]:
    """The words of a raw Image Type (0008,0008), in capitals."""
    said = image_type.decode("ascii", "replace").strip(" \0").upper()
    return tuple(word.strip() for word in said.split("\\"))


def _of_screen(image_type: Sequence[str]) -> bool:
    return any(mark in word for word in image_type for mark in _SCREENSHOTS)


def as_acquired(sop_class: str, image_type: Sequence[str]) -> bool:
    """Whether it is a picture as a scanner acquires them, of which a sample is read: CT, MR or PET, ORIGINAL\\PRIMARY.

    Slices of tomosynthesis are computed, so they are DERIVED; they come as those of a CT do, and count as such.
    """
    words = tuple(image_type[:3])
    if _of_screen(image_type):
        return False
    if sop_class == _TOMOSYNTHESIS:
        return words[1:] == ("PRIMARY", "TOMOSYNTHESIS")
    return sop_class in _PLAIN and words[:2] == ("ORIGINAL", "PRIMARY")


def screen_face(sop_class: str, body_part: bytes, waiver: bool) -> bool:
    """Whether the object may show a face; raises Held when it may and no waiver is recorded."""
    face = may_show_face(sop_class, body_part)
    if face and not waiver:
        raise Held("face", "A scan of the head, or of an unnamed body part, needs a recorded face waiver.")
    return face


def screen_seen(seen: dict[int, bytes], burned_in: bool, cleaning: bool) -> None:
    """Raise Held when text is or may be in the picture and is not cleaned, or a UID is missing or not a UID."""
    if burned_in and not cleaning:
        raise Held("burned_in", "The object says that text is burned into its picture.")
    if not cleaning and _of_screen(words_of(seen.get(0x00080008, b""))):
        raise Held("burned_in", "The object is a picture of a screen, where names are often burned in.")
    if not cleaning and seen.get(_LABEL_SHOWN, b"").strip(b" \0").upper() == b"YES":
        raise Held(
            "burned_in", "The object says that its picture shows the label of the slide, which names the patient."
        )
    for tag, name in ((0x00080018, "SOP instance"), (0x0020000D, "study instance"), (0x0020000E, "series instance")):
        if not is_uid(seen.get(tag, b"").rstrip(b" \0").decode("ascii", "replace")):
            raise Held("missing_uid", f"The {name} UID is missing or not a UID.")
