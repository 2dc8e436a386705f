"""The engine with one rule broken about what Table E.1-1 does not name: more of what a scorer must notice."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

from isocentre.core.deid import forms, guard, keys, letters, rules
from support.corpus.mutants import BASIC, CLEANING, TRIAL, Mutant, _one, _tag
from support.corpus.planting_unnamed import GOING

_STANDARD = b"1.2.840.10008."


def _kept() -> Any:
    return patch.object(letters, "unnamed_text", lambda tag: None)


def _unguarded() -> Any:
    return patch.object(guard, "tells", lambda tag, text, known: False)


def _any_code() -> Any:
    return patch.multiple(forms, FORMS={**forms.FORMS, b"CS": lambda buffer, start, stop: True}, CODES={})


def _prefixed() -> Any:
    return patch.object(keys, "_stays", lambda part: not part or part.startswith(_STANDARD))


UNNAMED_MUTANTS: tuple[Mutant, ...] = (
    *(_one(keyword, rules.KEEP, profile) for profile in (BASIC, CLEANING) for keyword in GOING),
    *(_one(keyword, rules.KEEP, CLEANING) for keyword in ("AcquisitionProtocolName", "FrameLabel", "BeamName")),
    *(_one(keyword, rules.DROP, TRIAL) for keyword in ("ConvolutionKernel", "FilterType", "ReceiveCoilName")),
    *(
        Mutant("keeps text that the table does not name", profile, _tag("DoseComment"), _kept)
        for profile in (BASIC, TRIAL, CLEANING)
    ),
    *(
        Mutant("looks at no technical text", profile, _tag("ConvolutionKernel"), _unguarded)
        for profile in (BASIC, TRIAL, CLEANING)
    ),
    Mutant("keeps a code of any form", BASIC, _tag("SequenceVariant"), _any_code),
    Mutant("keeps what begins as a UID of the standard", BASIC, _tag("MultiFrameSourceSOPInstanceUID"), _prefixed),
)
