"""De-identify one object: read-only buffer in, plan of new bytes and spans out, or why it is held (design §3)."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field, replace
from functools import lru_cache
from types import MappingProxyType

from isocentre.core.deid import content, kinds, people, road, walking
from isocentre.core.deid.alike import memory
from isocentre.core.deid.blocks import FACES, inserts
from isocentre.core.deid.cleaner import cleaner
from isocentre.core.deid.comments import screen_comments
from isocentre.core.deid.demands import demands
from isocentre.core.deid.faces.clean import TakenOff, empty
from isocentre.core.deid.keys import Keys
from isocentre.core.deid.picture import screen_picture, screen_rest
from isocentre.core.deid.pixels import hidden
from isocentre.core.deid.pixels.apply import apply
from isocentre.core.deid.pixels.clean import Cleaned, PixelCleaner, TextLeft
from isocentre.core.deid.pixels.layout import layout_of
from isocentre.core.deid.plan import Blacked, Outcome, Piece, Plan, Report, SubjectContext, parts
from isocentre.core.deid.profile import Action, Profile
from isocentre.core.deid.reviewed import LIFTED, NOTHING, Reviewed, Rule
from isocentre.core.deid.rules import Held
from isocentre.core.deid.screen import (
    LeftOut,
    as_acquired,
    loses_face,
    screen_class,
    screen_face,
    screen_seen,
    words_of,
)
from isocentre.core.dicom.header import MAX_HEAD, encoding_of, inflate, is_deflated, read_header, read_meta
from isocentre.core.dicom.part10 import file_meta
from isocentre.core.dicom.walk import Buffer, Encoding, MalformedDicom, elements

__all__ = ["Outcome", "PixelCleaner", "Plan", "Report", "SubjectContext", "deidentify"]

_IMAGE_TYPE, _SOP_CLASS = 0x00080008, 0x00080016
_BODY_PART = 0x00180015
_WHY = "One of a kind: it tells of the patient who has it."
_ONE_OF_A_KIND: dict[int, tuple[Action, str]] = {
    0x00181000: ("X", _WHY), 0x00181002: ("U", _WHY), 0x00181009: ("X", _WHY), 0x0018100A: ("X", _WHY),
}  # fmt: skip
"""Serial number, UID and UDI of a device: nobody's where it is a scanner's, the patient's where it is an implant's."""
_DIRECTORY = b"1.2.840.10008.1.3.10"


def deidentify(
    buffer: Buffer,
    *,
    profile: Profile,
    study_key: bytes,
    context: SubjectContext,
    slow: bool = False,
    uid_log: dict[str, str] | None = None,
    pixels: PixelCleaner | None = None,
    face: TakenOff | None = None,
    tags: walking.Tags | None = None,
    texts: walking.Texts | None = None,
    reviewed: Reviewed = NOTHING,
) -> Outcome:
    """De-identify a Part 10 file lying in `buffer`; the plan's spans refer to it, and no kept value is decoded.

    Never raises for bad input: what cannot be read is held as `unparseable`. `slow` takes the general road for
    little-endian input too, for comparison. `uid_log` is filled with the UIDs replaced, old to new; `tags` with how
    many elements got which action, by (tag, action), private ones that stay apart; `texts` with texts that lost
    nothing but words of no list, and what is left. `reviewed`: what people decided of findings, by rule. `pixels`
    reads the pictures that the profile lets through once they are clean; without one they are held. `face` is where
    the face of its series is taken off; without it a head that must lose its face is held. ValueError when the study
    key is not a key.
    """
    weeks = context.shift_weeks
    keys = _keys(study_key, weeks) if uid_log is None else Keys(study_key, weeks, uid_log)
    walk = walking.Walk(*_rules(profile, ""), keys, slow, tags=tags, texts=texts)
    cleaning = _Cleaning(pixels, face, reviewed)
    try:
        plan = _plan(buffer, walk, profile, context, cleaning)
    except LeftOut as out:
        return Outcome("left_out", out.reason, out.words, None, _report(walk))
    except Held as held:
        places = held.blacked if isinstance(held, TextLeft) else ()
        return Outcome("held", held.reason, held.words, None, _report(walk), places)
    except MalformedDicom as malformed:
        words = f"The file cannot be read as DICOM ({malformed})."
        return Outcome("held", "unparseable", words, None, _report(walk))
    rules = tuple(cleaning.named | walk.named)
    blacked, unread = tuple(cleaning.blacked), cleaning.unread
    return Outcome("done", "", "", plan, _report(walk), blacked, cleaning.faceless, rules, unread)


@dataclass(slots=True)
class _Cleaning:
    """What cleans the picture, by which rules of people, and what was done to it.

    `passes`: with text in it, it may go on once it is clean; a rule that only blacks out does not make it so.
    `cleaned`: what became of it when it was read; `unread`: it was not, or not all of it, being no part of the sample.
    """

    pixels: PixelCleaner | None
    face: TakenOff | None
    reviewed: Reviewed
    rules: tuple[Rule, ...] = ()
    named: dict[str, None] = field(default_factory=dict)
    passes: bool = False
    cleaned: Cleaned | None = None
    unread: bool = False
    blacked: list[Blacked] = field(default_factory=list)
    faceless: bool = False


@lru_cache(maxsize=256)
def _rules(profile: Profile, sop_class: str) -> tuple[walking.Rules, walking.Rules, walking.Rules]:
    """Rules of the top level, of nested places and of devices of the patient, found once for each SOP class."""
    top, nested = demands(sop_class)
    inside = profile.inside()
    unnamed = replace(inside, actions=MappingProxyType({**inside.actions, **_ONE_OF_A_KIND}))
    return walking.Rules(profile, top), walking.Rules(inside, nested), walking.Rules(unnamed, nested)


@lru_cache(maxsize=64)
def _keys(study_key: bytes, weeks: int) -> Keys:
    return Keys(study_key, weeks)


def _report(walk: walking.Walk) -> Report:
    profile = walk.rules.profile
    return Report(f"{profile.name} v{profile.version}", profile.sha256, *map(_sorted, (walk.actions, walk.cleaned)))


def _sorted(counts: dict[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def _plan(
    buffer: Buffer, walk: walking.Walk, profile: Profile, context: SubjectContext, how: _Cleaning
) -> Plan:  # fmt: skip
    meta, start = read_meta(buffer)
    syntax = meta.get(0x00020010, b"").rstrip(b" \0").decode("ascii", "replace")
    if meta.get(0x00020002, b"").rstrip(b" \0") == _DIRECTORY:
        raise LeftOut("directory", "A DICOMDIR names patients and lists originals; the copies have none.")
    encoding = encoding_of(syntax)
    deflated = is_deflated(syntax)
    body, at = (inflate(buffer, start), 0) if deflated else (buffer, start)
    end = len(body)
    sop_class, image_type = kind = _kind(body, at, end, encoding)
    cleaning = _cleans(buffer, profile, (*kind, _title(profile, sop_class, body, at, end, encoding)), how)
    kinds.screen_syntax(syntax)
    walk.rules, walk.inner, walk.carried = _rules(profile, sop_class)
    walk.cleaner = cleaner(people.said(body, at, end, encoding), people.named(context.known), how.reviewed)
    added = inserts(profile, context, encoding)
    pieces = road.run(walk, body, at, end, encoding, 0, added, memory(walk, added, encoding))
    screen_seen(walk.seen, walk.burned_in, how.passes)
    part = walk.seen.get(_BODY_PART, b"")
    faceless = loses_face(profile, sop_class, part, context.face_waiver, image_type)
    if not screen_face(sop_class, part, context.face_waiver or faceless):
        # Whether there may be a face was not known when its element was put in; take it out again.
        saying = next(piece for tag, piece in added if tag == FACES)
        pieces = [piece for piece in pieces if piece is not saying]
        walk.pixel_at = None if walk.pixel_at is None else walk.pixel_at - 1
    if cleaning and not _unread(walk, profile, kind, how, encoding):
        pieces, syntax = _clean(buffer, body, walk, pieces, context, how, faceless)  # whole, or it cannot be read
    else:
        screen_picture(sop_class, syntax, walk.seen, _pixel_length(walk, pieces), encoding.little)
    if walk.pixel_at is not None and isinstance(span := pieces[walk.pixel_at], tuple):
        screen_rest(syntax, walk.seen, body, span, encoding.little)
        screen_comments(body, span, syntax, context.known)
    if walk.pixel_at is not None and hidden.suspected(walk.seen, encoding.little):
        pieces = _uncovered(buffer, pieces, walk.pixel_at, faceless)
    pieces, syntax = _faceless(buffer, body, walk, pieces, how) if faceless else (pieces, syntax)
    uids = {tag: _uid(walk, profile, tag) for tag in (0x00080018, 0x0020000D, 0x0020000E)}
    front = file_meta(sop_class, uids[0x00080018], syntax)
    if deflated:
        packed = _deflate(pieces, body)
        pieces, head = [front, packed], 2
    else:
        pieces, head = _merge([front, *pieces], None if walk.pixel_at is None else walk.pixel_at + 1)
        if road.size(pieces[:head]) > MAX_HEAD:
            raise Held("header_too_large", f"What lies outside the picture is over {MAX_HEAD >> 20} MB.")
    return Plan(
        pieces=tuple(pieces), head_pieces=head, size=road.size(pieces), sop_class_uid=sop_class,
        object_uid=uids[0x00080018], study_uid=uids[0x0020000D], series_uid=uids[0x0020000E], transfer_syntax=syntax,
    )  # fmt: skip


def _cleans(buffer: Buffer, profile: Profile, kind: tuple[str, tuple[str, ...], str], how: _Cleaning) -> bool:
    """Whether the picture is cleaned: as the profile says, or as people decided of pictures like it; else see there."""
    how.rules = how.reviewed.of_picture(read_header(buffer)) if kind[0] in how.reviewed.classes else ()
    lifted = any(rule.kind == "clean" for rule in how.rules)
    try:
        how.passes = screen_class(profile, *kind).cleans_pixels or lifted
    except Held as held:
        if not lifted or held.reason not in LIFTED:
            raise
        how.passes = True
    return how.passes or any(rule.kind == "black" for rule in how.rules)


def _unread(
    walk: walking.Walk, profile: Profile, kind: tuple[str, tuple[str, ...]], how: _Cleaning, encoding: Encoding
) -> bool:  # fmt: skip
    """Whether the picture passes without being read: one as it was acquired, in no rule of people and no sample."""
    if how.pixels is None or how.rules or walk.burned_in or not profile.sample or not as_acquired(*kind):
        return False
    how.unread = how.pixels.unread(walk.seen, profile.sample, encoding.little)
    return how.unread


def _clean(
    buffer: Buffer,
    body: Buffer,
    walk: walking.Walk,
    pieces: list[Piece],
    context: SubjectContext,
    how: _Cleaning,
    faceless: bool,
) -> tuple[list[Piece], str]:
    """The pieces with text blacked out of the picture, and their transfer syntax; Held when that cannot be done.

    Where the face goes as well (`faceless`) the picture is made there, once.
    """
    if how.pixels is None:
        raise Held("no_text_reader", "Its picture may have text in it, and no reader of text in pictures is at hand.")
    header = read_header(buffer)
    cleaned = how.pixels.clean(header, context.known, how.rules, walk.rules.profile.sample)
    how.blacked += cleaned.blacked
    how.named |= dict.fromkeys(cleaned.rules)
    how.cleaned, how.unread = cleaned, not cleaned.read
    if walk.pixel_at is None:  # a cleaned object has a picture
        raise AssertionError
    if faceless:
        return pieces, cleaned.source.syntax
    pieces, walk.pixel_at, syntax = apply(pieces, walk.pixel_at, body, header, cleaned)
    return pieces, syntax


def _uncovered(buffer: Buffer, pieces: list[Piece], pixel_at: int, faceless: bool) -> list[Piece]:
    """The pieces without drawings in unused bits of the picture; Held when they cannot be told from it."""
    layout = layout_of(read_header(buffer))
    if layout.mask and faceless:
        raise Held("pixels_unreadable", "Its picture has drawings in unused bits, so its face cannot be taken out.")
    return hidden.cleared(layout, pieces, pixel_at) if layout.mask else pieces


def _faceless(
    buffer: Buffer, body: Buffer, walk: walking.Walk, pieces: list[Piece], how: _Cleaning
) -> tuple[list[Piece], str]:  # fmt: skip
    """The pieces with the picture empty where the face was, and their transfer syntax; Held when that cannot be."""
    if how.face is None or walk.pixel_at is None:
        raise Held("face_series", "A scan of the head, or of an unnamed part: its face is removed with its series.")
    header = read_header(buffer)
    pieces, walk.pixel_at, syntax = empty(pieces, walk.pixel_at, body, header, how.face, how.cleaned)
    how.faceless = True
    return pieces, syntax


def _uid(walk: walking.Walk, profile: Profile, tag: int) -> str:
    """The UID that the new object has there: keyed, unless the profile keeps UIDs."""
    raw = walk.seen[tag]
    return (raw.rstrip(b" \0") if profile.keeps_uids else walk.keys.uid(raw)).decode()


def _pixel_length(walk: walking.Walk, pieces: list[Piece]) -> int | None:
    if walk.pixel_at is None:
        return None
    return road.size(pieces[walk.pixel_at : walk.pixel_at + 1])


def _kind(body: Buffer, start: int, end: int, encoding: Encoding) -> tuple[str, tuple[str, ...]]:
    """The SOP class UID and the words of the image type, looking no further than their places; empty when absent."""
    image_type: tuple[str, ...] = ()
    for element in elements(body, start, end, encoding):
        if element.tag > _SOP_CLASS:
            break
        if element.tag in (_IMAGE_TYPE, _SOP_CLASS):
            raw = bytes(body[element.value : min(element.stop, element.value + 256)])
            said = raw.decode("ascii", "replace").strip(" \0")
            if element.tag == _SOP_CLASS:
                return said, image_type
            image_type = words_of(raw)
    return "", image_type


def _title(profile: Profile, sop_class: str, body: Buffer, start: int, end: int, encoding: Encoding) -> str:
    """The title of a report, where the profile has rules by title for its kind."""
    asked = any(sop_class == one for one, _ in profile.titles)
    return content.title(body, start, end, encoding) if asked else ""


def _merge(pieces: list[Piece], pixel_at: int | None) -> tuple[list[Piece], int]:
    """Join neighbouring new bytes; the pixel value stays a piece of its own. Returns the number of pieces before it."""
    stop = len(pieces) if pixel_at is None else pixel_at
    out: list[Piece] = []
    run: list[bytes] = []
    for piece in pieces[:stop]:
        if isinstance(piece, bytes):
            run.append(piece)
            continue
        if run:
            out.append(b"".join(run))
            run = []
        out.append(piece)
    if run:
        out.append(b"".join(run))
    # The picture's own new bytes may be many and large: they are never joined.
    return [*out, *pieces[stop:]], len(out)


def _deflate(pieces: list[Piece], body: Buffer) -> bytes:
    """The data set deflated again, padded to even length (PS3.5 A.5)."""
    machine = zlib.compressobj(level=6, wbits=-zlib.MAX_WBITS)
    out: list[bytes] = []
    for piece in pieces:
        out += map(machine.compress, parts(piece, body))
    out.append(machine.flush())
    packed = b"".join(out)
    return packed + b"\0" * (len(packed) & 1)
