"""Keyed stand-ins from one study key: canonical key of a person, pseudonym, object UIDs, week shift (design §3)."""

from __future__ import annotations

import base64
import hmac
import re

from isocentre.core.ids import NhsNumber, ObjectUid, PersonKey, Pseudonym

KEY_BYTES = 32
MIN_WEEKS, MAX_WEEKS = 8, 520
PSEUDONYM_FORM = re.compile(r"P-[A-Z2-7]{12}")


def canonical_key(*, patient_id: str, issuer: str = "", nhs_number: str = "") -> PersonKey:
    """Canonical key of a person: `nhs:` number when a valid one is known, else `id:` issuer|trimmed id.

    An id that is itself a valid NHS number counts as one only when `nhs_number` says so: ten digits of a hospital
    number may pass the check by chance. ValueError when neither is known.
    """
    if nhs_number.strip():
        try:
            return PersonKey(f"nhs:{NhsNumber.parse(nhs_number)!s}")
        except ValueError:
            pass  # a wrong NHS number identifies nobody; the hospital's own number decides
    trimmed = patient_id.strip(" \0")
    if not trimmed:
        raise ValueError("no NHS number and no patient id: the person has no key")
    return PersonKey(f"id:{issuer.strip()}|{trimmed}")


def phantom_key(scanner: str, site: str) -> PersonKey:
    """Canonical key of what is nobody: one a scanner, so that its measurements can be followed over time."""
    return PersonKey(f"phantom:{scanner or site}")


def _keyed(study_key: bytes, purpose: bytes, value: bytes) -> bytes:
    if len(study_key) != KEY_BYTES:
        raise ValueError(f"a study key has {KEY_BYTES} bytes")
    return hmac.digest(study_key, purpose + b"\0" + value, "sha256")


def pseudonym(study_key: bytes, canonical: str) -> Pseudonym:
    """The person's pseudonym in one research study: `P-` and 12 letters or digits (60 bits), valid as LO."""
    digest = _keyed(study_key, b"pseudonym", canonical.encode())
    return Pseudonym("P-" + base64.b32encode(digest)[:12].decode())


def shift_weeks(study_key: bytes, canonical: str) -> int:
    """Whole weeks (8-520) by which the dates of this person go back."""
    digest = _keyed(study_key, b"shift", canonical.encode())
    return MIN_WEEKS + int.from_bytes(digest[:8], "big") % (MAX_WEEKS - MIN_WEEKS + 1)


def object_uid(study_key: bytes, uid: bytes) -> ObjectUid:
    """The keyed UID that stands for a source UID wherever it is named: 2.25 and 128 bits (PS3.5 B.2).

    `uid` is the value without padding.
    """
    return ObjectUid("2.25." + str(int.from_bytes(_keyed(study_key, b"uid", uid)[:16], "big")))
