"""Judges what the engine makes of one input: no exception, no leak, a whole object, the second check agreeing."""

from __future__ import annotations

import signal
import warnings
import zlib
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from io import BytesIO
from typing import Any

import pydicom
from pydicom.errors import BytesLengthException

from isocentre.core.deid import recheck
from isocentre.core.deid.engine import Outcome, deidentify
from isocentre.core.deid.profile import Profile
from support.dicom_bytes import BIG, DEFLATED, IMPLICIT, el
from support.fuzz.seeds import PERSON
from support.safe_private import KEY, WHO

LIMIT = 1.0
"""CPU seconds that one input may take."""
who = replace(WHO, face_waiver=True, known=PERSON)
_STATUSES = frozenset({"done", "held", "left_out"})
_COMPRESSED = frozenset({DEFLATED, "1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"})
_SHORTEST = 8


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of an input: `status/reason`, and what is wrong (a code and words), if anything."""

    outcome: str
    wrong: str = ""
    words: str = ""


class Slow(BaseException):
    """Over the limit; no `except Exception` of the engine can take it for its own."""


def _stop(*_: object) -> None:
    raise Slow


@cache
def _ready() -> None:
    """Set once in a process: no other part of it uses this signal."""
    signal.signal(signal.SIGVTALRM, _stop)


@contextmanager
def watched(limit: float) -> Iterator[None]:
    """Raise Slow in the code inside once it has used so much CPU time."""
    _ready()
    signal.setitimer(signal.ITIMER_VIRTUAL, limit)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)


def judge(data: bytes, profile: Profile, *, both: bool = False, whole: bool = False, limit: float = LIMIT) -> Verdict:
    """The fast road and the second check; the slow road too (`both`); pydicom reads what comes out (`whole`)."""
    try:
        with watched(limit):
            done = _run(data, profile)
            verdict = _judged(data, done)
        if verdict.wrong or not (both or whole):
            return verdict
        with watched(limit * 5):
            return _further(data, profile, done, verdict, both, whole)
    except Slow:
        return Verdict("", "slow", f"it took over {limit:.0f} s")
    except (Exception, RecursionError) as error:  # noqa: BLE001 - any of them is a finding
        return Verdict("", "crash", f"{type(error).__name__} {_place(error)}")


def _run(data: bytes, profile: Profile, slow: bool = False) -> Outcome:
    return deidentify(data, profile=profile, study_key=KEY, context=who, slow=slow)


def _place(error: BaseException) -> str:
    """The last line of the product that the error came through."""
    at, found = error.__traceback__, ""
    while at is not None:
        code = at.tb_frame.f_code
        if "isocentre" in code.co_filename:
            found = f"in {code.co_filename.rpartition('isocentre/')[2]}:{code.co_name}:{at.tb_lineno}"
        at = at.tb_next
    return found


def _judged(data: bytes, done: Outcome) -> Verdict:
    if done.status not in _STATUSES or (done.plan is None) != (done.status != "done"):
        return Verdict("", "status", "a result that is none")
    if tokens_in(repr(done).encode()):
        return Verdict("", "words", f"the words of {done.reason} say something of the patient")
    if done.plan is None:
        return Verdict(f"{done.status}/{done.reason}")
    made, head = b"".join(done.plan.chunks(data)), done.plan.head(data)
    if len(made) != done.plan.size:
        return Verdict("", "size", "another size than was planned")
    if found := recheck.check(head, needles=PERSON):
        if tokens_in(repr(found).encode()):
            return Verdict("", "words", "the words of the second check say something of the patient")
        if "nested too deep" in found[0].words and done.plan.transfer_syntax == IMPLICIT:
            return Verdict("refused/nested")  # a value that looks like a sequence under the tag of a text: not walked
        codes = sorted({one.code for one in found})
        if set(codes) <= {"identifier", "pattern"}:  # what is known, or has the form of an identifier
            return Verdict("refused/identifier")
        return Verdict(
            "refused/disagrees",
            "disagrees",
            "; ".join(one.words for one in found if one.code not in ("identifier", "pattern")),
        )
    return _passed(made, len(head), done)


def _passed(made: bytes, head: int, done: Outcome) -> Verdict:
    """What would be sent on."""
    assert done.plan is not None
    syntax, body, start = done.plan.transfer_syntax, made, _dataset(made)
    if made[:128] != bytes(128) or made[128:132] != b"DICM":
        return Verdict("", "front", "a preamble that is not empty, or none")
    if syntax in _COMPRESSED:
        body, start = made[:start] + zlib.decompress(made[start:].rstrip(b"\0") + b"\0" * 4, -15), start
    elif tokens_in(made[:head]):
        return Verdict("", "leak", "a needle outside the picture")
    kind = IMPLICIT if syntax == IMPLICIT else BIG if syntax == BIG else "explicit"
    if el(0x00120062, "CS", "YES", kind) not in body[start:]:
        return Verdict("", "unmarked", "(0012,0062) is not YES")
    return Verdict("done")


def _dataset(made: bytes) -> int:
    """Where the data set of a written object begins: our own file meta says its length."""
    return 144 + int.from_bytes(made[140:144], "little")


def _further(data: bytes, profile: Profile, done: Outcome, verdict: Verdict, both: bool, whole: bool) -> Verdict:
    if both and (other := _difference(data, done, _run(data, profile, slow=True))):
        return Verdict("", "roads", other)
    if whole and verdict.outcome == "done":
        assert done.plan is not None
        return _read(b"".join(done.plan.chunks(data)), verdict)
    return verdict


def _difference(data: bytes, fast: Outcome, slow: Outcome) -> str:
    if (fast.status, fast.reason) != (slow.status, slow.reason):
        return f"fast {fast.status}/{fast.reason}, slow {slow.status}/{slow.reason}"
    if fast.plan is None or slow.plan is None:
        return ""
    if fast.report != slow.report:
        return "the reports differ"
    return "" if b"".join(fast.plan.chunks(data)) == b"".join(slow.plan.chunks(data)) else "the objects differ"


def _read(made: bytes, verdict: Verdict) -> Verdict:
    """By pydicom, every element: it can be followed, is marked, and says nothing of the person."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of pydicom, about values that came so
            ds = pydicom.dcmread(BytesIO(made))
            texts = list(_values(ds))
    except Exception as error:  # noqa: BLE001 - whatever a reader makes of it
        return Verdict("", "unreadable", f"pydicom: {type(error).__name__}")
    if ds.get("PatientIdentityRemoved") != "YES" or not ds.get("DeidentificationMethodCodeSequence"):
        return Verdict("", "unmarked", "not marked, as pydicom reads it")
    if ds.get("PatientID") != who.pseudonym:
        return Verdict("", "pseudonym", "another patient id, as pydicom reads it")
    if tokens_in("\n".join(texts).encode("utf-8", "replace")):
        return Verdict("", "leak", "a needle, as pydicom reads it")
    return verdict


def _values(ds: pydicom.Dataset) -> Iterator[str]:
    for tag in ds.keys():  # noqa: SIM118 - of what was read, not converted
        if tag in (0x7FE00010, 0x7FE00008, 0x7FE00009):
            continue
        try:
            element = ds[tag]
        except (BytesLengthException, ValueError, TypeError, OverflowError, AttributeError, LookupError):
            # A number that is none, or of another size than its VR asks, as it came; kept, and looked at as it is.
            yield _text(ds.get_item(tag).value)  # type: ignore[union-attr]  # the tag is there
            continue
        if element.VR == "SQ":
            for item in element.value:
                yield from _values(item)
        else:
            yield _text(element.value)


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _tokens() -> tuple[bytes, ...]:
    """What is looked for in lower case: the longest part of each needle both ways, and its hexadecimal form."""
    found = set()
    for text in PERSON:
        for part in text.lower().split("^"):
            if len(part) >= _SHORTEST:
                found |= {part.encode(), part[::-1].encode()}
        found |= {text.encode().hex().encode()}
    return tuple(sorted(found))


def _coded() -> tuple[bytes, ...]:
    """Base64 of the needles at each alignment: the characters that depend on nothing before or behind."""
    found = set()
    for text in PERSON:
        for shift in range(3):
            whole = b64encode(bytes(shift) + text.encode())
            found.add(whole[(0, 2, 3)[shift] : (shift + len(text)) * 8 // 6])
    return tuple(sorted(found))


_TOKENS, _BASE64 = _tokens(), _coded()


def tokens_in(data: bytes) -> bool:
    """Whether a needle is there, as it lies, without NULs (UTF-16), backwards, in base64 or in hexadecimal."""
    small = data.lower()
    thin = small.replace(b"\0", b"")
    return any(one in small or one in thin for one in _TOKENS) or any(one in data for one in _BASE64)
