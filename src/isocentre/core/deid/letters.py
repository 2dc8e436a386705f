"""Which action of PS3.15 an attribute gets: the profile's own, else that of Table E.1-1 by options, IOD and VR."""

from __future__ import annotations

from isocentre.core.deid.demands import Demands
from isocentre.core.deid.profile import Profile
from isocentre.core.deid.table import Rule, rules

_DATE_VRS = frozenset({b"DA", b"DT", b"TM"})
_CLASS_UIDS = frozenset({0x00080016, 0x0008001A, 0x0008001B, 0x00081150, 0x0008115A})
_CODING_UIDS = frozenset({0x0008010C, 0x00080117, 0x00080118})

UNNAMED = {
    0x0040A160: 113104, 0x00700006: 113103, 0x00180015: 113105, 0x00180024: 113105,
    0x00620005: 113105, 0x00620006: 113105, 0x00080104: 113105,
    0x00080100: 113105, 0x00080102: 113105, 0x00080103: 113105, 0x00080119: 113105,
    0x003A0203: 113105, 0x003A0020: 113105, 0x00700081: 113105, 0x00700068: 113103,
}  # fmt: skip
"""Text that the table does not name, by the option that cleans it: of content items and drawn annotations, for which
the table names only the sequences that hold it, so that without the option it goes with them; and body part, sequence
name, the labels of segments and of channels, the description of drawings, and coded entries, which are as free where
their scheme is a hospital's own."""
TEXTS = frozenset({b"LO", b"SH", b"ST", b"LT", b"UT", b"UC", b"CS"})
"""Text that is cleaned where options 113103 to 113105 say C. Otherwise C looks into a sequence; dates are apart; and
what is not cleaned is treated as the basic profile says."""
TEXT_OPTIONS = frozenset({113103, 113104, 113105})
WORDS = frozenset({0x0040A160, 0x00700006, 0x00700068, 0x00700081, 0x003A0020, 0x003A0203})
"""Those of `UNNAMED` that are anybody's words wherever they stand, so that without the option they go."""
_EMPTIED = frozenset({0x00700081})
"""Of those, what its IODs want there, with a value or without (PS3.3 table 10-12)."""
_DEMANDED = frozenset({0x00080104, 0x00620005, 0x0040A160, 0x00700006})

_ORDER = {1: "UDZX", 2: "UZDX", 3: "UXZD"}
"""What is wanted of a combination by the type in the IOD, best first (PS3.15 E.3.1). U comes before removal: an item
that only refers, by keyed UIDs, names nobody, and without it what belongs together falls apart."""


def letter(profile: Profile, demands: Demands, tag: int, vr: bytes) -> str:
    """The action: one of K X Z D U, C for cleaning (a date is shifted, a sequence looked into). `vr`: dictionary's."""
    if tag in profile.actions:
        return profile.actions[tag][0]
    rule = rules().get(tag)
    # A date kept for the device's sake would still be a date: only the option for dates may keep it.
    if vr in _DATE_VRS and (rule is None or 113106 in rule.options):
        if profile.dates == "full" or (profile.dates == "shifted" and vr == b"TM"):
            return "K"  # whole weeks leave the time of day as it was
        if profile.dates == "shifted":
            return "C"
        return _chosen(rule, demands, tag) if rule else "X"
    if rule is None:
        return _unnamed(profile, demands, tag, vr)
    granted = {rule.options.get(code) for code in profile.options}
    if "K" in granted:
        return "K"
    if "C" in granted and (vr == b"SQ" or (vr in TEXTS and _cleaned(rule, profile))):
        return "C"
    return _chosen(rule, demands, tag)


def basic(demands: Demands, tag: int) -> str:
    """The action of the basic profile on a tag the table names; on any other what text of its kind gets, else X."""
    rule = rules().get(tag)
    if rule is None:
        return "D" if tag in _DEMANDED else "Z" if tag in _EMPTIED else "X"
    return _chosen(rule, demands, tag)


def cleans(profile: Profile) -> bool:
    """True when text is cleaned, for which the header must be read ahead."""
    return not TEXT_OPTIONS.isdisjoint(profile.options)


def _cleaned(rule: Rule, profile: Profile) -> bool:
    return any(rule.options.get(code) == "C" and code in profile.options for code in TEXT_OPTIONS)


def _unnamed(profile: Profile, demands: Demands, tag: int, vr: bytes) -> str:
    """The action on an attribute the table does not name: kept, save what no table need say."""
    if UNNAMED.get(tag) in profile.options:
        return "C"
    if tag in WORDS:
        return basic(demands, tag)
    if vr == b"UI":
        return "K" if tag in _CLASS_UIDS or tag in _CODING_UIDS or profile.keeps_uids else "U"
    return {b"PN": "X", b"UN": "X"}.get(vr, "K")


def _chosen(rule: Rule, demands: Demands, tag: int) -> str:
    if rule.basic == "X" and tag in demands.types:
        # The table forgets the few IODs that cannot do without: no value, or a dummy, says as little and is valid.
        return {1: "D", 2: "Z"}[demands.types[tag]]
    offered = rule.basic.replace("*", "").split("/")
    return next(action for action in _ORDER[demands.of(tag)] if action in offered)
