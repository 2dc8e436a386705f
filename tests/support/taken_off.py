"""Slices of heads with their faces taken off, as they are sent on: the whole way through the engine."""

from __future__ import annotations

import io
from contextlib import nullcontext

import pydicom

from isocentre.adapters.faces import Late
from isocentre.core.deid.engine import SubjectContext, deidentify
from isocentre.core.deid.faces.clean import FaceCleaner, TakenOff
from isocentre.core.deid.profile import parse
from isocentre.profiles import load
from support.burned import Pulled

FACELESS = parse(load("basic").text.replace("do: pass", "do: clean_faces"))
WHO = SubjectContext("P-ABCDEFGHIJKL", "S-01", "", "P", "", "", "", "", "", None, False, 10)


def sources(files):
    """The slices of a series as a cleaner opens them."""
    return [lambda file=file: nullcontext(file) for file in files]


def after(files, face):
    """Each slice as it is sent on."""
    for data in files:
        made = deidentify(data, profile=FACELESS, study_key=b"k" * 32, context=WHO, face=face)
        assert made.faceless, made
        yield pydicom.dcmread(io.BytesIO(b"".join(made.plan.chunks(data))))


def taken_off(files):
    """All slices of a head as they are sent on."""
    cleaner = FaceCleaner(Late(), Pulled())
    return list(after(files, TakenOff(cleaner, cleaner.find(sources(files)))))
