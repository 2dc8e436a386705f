"""Which action of PS3.15 an attribute gets: the profile's own, else that of Table E.1-1 by options, IOD and VR."""

from __future__ import annotations

from isocentre.core.deid.demands import Demands
from isocentre.core.deid.profile import Profile
from isocentre.core.deid.table import GOES, GUARDED, Rule, rules, unnamed_text

_DATE_VRS = frozenset({b"DA", b"DT", b"TM"})
_CLASS_UIDS = frozenset({0x00080016, 0x0008001A, 0x0008001B, 0x00081150, 0x0008115A})
_CODING_UIDS = frozenset({0x0008010C, 0x00080117, 0x00080118})

TEXTS = frozenset({b"LO", b"SH", b"ST", b"LT", b"UT", b"UC", b"UR", b"CS"})
"""Text that is cleaned where options 113103 to 113105 say C. Otherwise C looks into a sequence; dates are apart; and
what is not cleaned is treated as the basic profile says."""
TEXT_OPTIONS = frozenset({113103, 113104, 113105})
_ORDER = {1: "UDZX", 2: "UZDX", 3: "UXZD"}
"""What is wanted of a combination by the type in the IOD, best first (PS3.15 E.3.1). U comes before removal: an item
that only refers, by keyed UIDs, names nobody, and without it what belongs together falls apart."""


def letter(profile: Profile, demands: Demands, tag: int, vr: bytes) -> str:
    """The action: one of K X Z D U, C for cleaning (a date is shifted, a sequence looked into), G for text, or the
    UID of a kind of object, that is kept unless it tells of somebody. `vr`: dictionary's."""
    rule = rules().get(tag)
    if tag in profile.actions:
        said = profile.actions[tag][0]
        return GUARDED if said == "K" and rule is None and unnamed_text(tag) else said
    # A date kept for the device's sake would still be a date: only the option for dates may keep it.
    if vr in _DATE_VRS and (rule is None or 113106 in rule.options):
        if profile.dates == "full" or (profile.dates == "shifted" and vr == b"TM"):
            return "K"  # whole weeks leave the time of day as it was
        if profile.dates == "shifted":
            return "C"
        return _chosen(rule.basic, demands, tag) if rule else "X"
    if rule is None:
        return _unnamed(profile, demands, tag, vr)
    granted = {rule.options.get(code) for code in profile.options}
    if "K" in granted:
        return "K"
    if "C" in granted and (vr == b"SQ" or (vr in TEXTS and _cleaned(rule, profile))):
        return "C"
    return _chosen(rule.basic, demands, tag)


def basic(demands: Demands, tag: int) -> str:
    """The action of the basic profile; on what the table does not name, what removes it as far as its IOD lets it."""
    rule = rules().get(tag)
    if rule is not None:
        return _chosen(rule.basic, demands, tag)
    told = unnamed_text(tag)
    return _chosen("X" if told is None or told.otherwise == "X" else GOES, demands, tag)


def _cleaned(rule: Rule, profile: Profile) -> bool:
    return any(rule.options.get(code) == "C" and code in profile.options for code in TEXT_OPTIONS)


def _unnamed(profile: Profile, demands: Demands, tag: int, vr: bytes) -> str:
    """The action on an attribute the table does not name: text is never kept unseen, the rest is."""
    told = unnamed_text(tag)
    if told is not None:
        done = told.granted if told.option in profile.options else told.otherwise
        return done if done in ("C", GUARDED) else basic(demands, tag)
    if vr == b"UI" and not profile.keeps_uids:
        return GUARDED if tag in _CLASS_UIDS or tag in _CODING_UIDS else "U"
    return {b"PN": "X", b"UN": "X"}.get(vr, "K")


def _chosen(offer: str, demands: Demands, tag: int) -> str:
    if offer == "X" and tag in demands.types:
        # The table forgets the few IODs that cannot do without: no value, or a dummy, says as little and is valid.
        return {1: "D", 2: "Z"}[demands.types[tag]]
    offered = offer.replace("*", "").split("/")
    return next(action for action in _ORDER[demands.of(tag)] if action in offered)
