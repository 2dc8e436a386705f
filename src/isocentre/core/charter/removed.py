"""Which rules of a charter a de-identification profile makes impossible to check on what is sent on."""

from __future__ import annotations

from isocentre.core.charter.records import Charter
from isocentre.core.deid.demands import UNKNOWN
from isocentre.core.deid.explain import AGE, CLEANED, GUARDED, KEPT, lower, outcome
from isocentre.core.deid.profile import Profile
from isocentre.core.dicom import dictionary

STAYS = frozenset({KEPT, GUARDED, CLEANED, AGE})
"""What may become of an attribute so that the national side still sees what the scanner wrote."""


def lost(charter: Charter, profile: Profile) -> list[str]:
    """A sentence for each attribute with a rule that does not stay as it was; none when every rule can be checked.

    The same charter is asked on both sides, so a rule that the hospital side alone could check is refused.
    """
    found: dict[str, str] = {}
    for kind in charter.scans:
        for series in kind.series:
            for rule in series.rules:
                tag = dictionary.tag_of(rule.attribute)
                assert tag is not None  # the reader let only keywords pass
                done = outcome(profile, UNKNOWN, tag)
                if done not in STAYS:
                    what = f"{profile.name} v{profile.version}: {lower(done)}"
                    found[rule.attribute] = f"{rule.attribute} does not stay as it was under the profile {what}"
    return list(found.values())
