"""What tests of private elements share: a person, the profile that keeps safe ones, a creator with an element."""

from __future__ import annotations

from isocentre.core.deid.engine import SubjectContext
from isocentre.profiles import load
from support.dicom_bytes import EXPLICIT, el

KEY = b"k" * 32
WHO = SubjectContext(
    pseudonym="P-ABCDEFGHIJKL", subject_id="S-01", sponsor="Sponsor", protocol_id="PROT1", protocol_name="Protocol one",
    site_id="RXH", site_name="", time_point_id="WK8", time_point_description="", study_day=56,
    face_waiver=False, shift_weeks=10, known=(),
)  # fmt: skip
V1, V2 = load("trial-ct-mr", 1), load("trial-ct-mr", 2)


def one(
    creator: str,
    group: int,
    number: int,
    vr: str,
    value: str | bytes,
    syntax: str = EXPLICIT,
    *,
    block: int = 0x10,
    said: str | None = None,
) -> dict[int, bytes]:
    """A creator and one element under it."""
    return {
        group << 16 | block: el(group << 16 | block, "LO", creator, syntax),
        group << 16 | block << 8 | number: el(group << 16 | block << 8 | number, said or vr, value, syntax),
    }
