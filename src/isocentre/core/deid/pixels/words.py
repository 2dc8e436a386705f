"""What text in a picture may stay: vocabulary of imaging and nothing else. Everything else is blacked out."""

from __future__ import annotations

import re
from collections.abc import Iterable

from isocentre.core.ports import FoundText

SURE = 0.9
"""Least confidence with which vocabulary must have been read to stay."""

_WORDS = """
L R LT RT LEFT RIGHT A P H F S I AP PA LAT LL RL LAO RAO CC MLO ML LM XCCL SUP INF ANT POST HEAD FEET
ERECT SUPINE PRONE UPRIGHT PORTABLE AXIAL CORONAL SAGITTAL OBLIQUE TRANSVERSE SAG COR AX
LA RA LP RP LH RH LF RF AH AF PH PF HL HR HA HP FL FR FA FP AL AR PL PR
CM MM M KM HZ KHZ MHZ DB MS SEC MSEC MIN FPS BPM HU KV KVP MA MAS MGY MGYCM KG ML CMS GAIN DEPTH FREQ ZOOM DYN
MI TIS TIB TIC TGC PRF WF FR WW WL TR TE TI FOV THK IMG SLICE
"""
_UNITS = "CM|MM|MHZ|KHZ|HZ|DB|MS|SEC|S|FPS|BPM|HU|KVP?|MAS?|MGY|CM/S|M/S|%"
_KNOWN = frozenset(_WORDS.split())
_MEASURED = re.compile(rf"[+-]?\d{{1,4}}(?:\.\d{{1,3}})?\s?(?:{_UNITS})")
_TICK = re.compile(r"-?\d{1,2}|-?\d\.\d|0")
_ROUND = frozenset("OoQCcDGe0@©®°•·.,:;'-~ ")
_A_WORD = 3
"""Letters or digits of the shortest text that may tell of somebody where nobody writes on pictures."""
_SEPARATORS = re.compile(r"[\s:,;/|=()\[\]+<>-]+")


def harmless(found: FoundText, known: frozenset[str]) -> bool:
    """Whether a text may stay: read with confidence, all of it vocabulary, and no word of it known of the patient.

    Bare numbers are not decided here but in `kept`, by what stands beside them.
    """
    text = found.text.strip().upper()
    if found.confidence < SURE or not text:
        return False
    if _MEASURED.fullmatch(text):
        return True
    words = [word for word in _SEPARATORS.split(text) if word]
    # A surname may be a word of the vocabulary (Rao, Long, Head): then the patient's own is blacked out.
    return bool(words) and all(word in _KNOWN and word not in known for word in words)


def kept(found: Iterable[FoundText], known: frozenset[str], acquired: bool = False) -> list[FoundText]:
    """Those texts of one frame that may stay; `acquired`: of a picture as a scanner acquired it.

    Of such a picture what looks like a letter or two is part of a body: a lesion, a vessel, a head in a mosaic.
    """
    every = list(found)
    round_marks = [one for one in every if acquired and _ROUND.issuperset(one.text)]
    short = [one for one in every if acquired and _is_short(one, known)]
    ticks = [one for one in every if one.confidence >= SURE and _TICK.fullmatch(one.text.strip())]

    def alone(one: FoundText, among: list[FoundText]) -> bool:
        return not any(_beside(one, other) for other in among if other is not one)

    others = [one for one in every if one not in round_marks]
    stay = [one for one in round_marks if alone(one, others)]
    stay += [one for one in [*short, *ticks] if alone(one, every)]
    return [one for one in every if one in stay or harmless(one, known)]


def _is_short(one: FoundText, known: frozenset[str]) -> bool:
    """Whether what was read is too short to tell of anybody, and no word of this patient."""
    text = one.text.strip()
    return sum(sign.isalnum() for sign in text) < _A_WORD and text.upper() not in known


def known_words(known: Iterable[str]) -> frozenset[str]:
    """The words of what is known of a patient, as they would stand in a picture."""
    return frozenset(word for value in known for word in re.findall(r"[A-Z]+", value.upper()))


def _beside(one: FoundText, other: FoundText) -> bool:
    """Whether two texts stand in one line, near enough to be read together: a number may then be part of a date."""
    first, second = sorted((one.box, other.box))
    height = max(first[3] - first[1], second[3] - second[1])
    apart = max(second[0] - first[2], 0)
    shared = min(first[3], second[3]) - max(first[1], second[1])
    return shared * 2 > min(first[3] - first[1], second[3] - second[1]) and apart < 3 * height
