"""Identifiers in labels and notes of waveforms, in sound, and on slides: the rest of what `Planter` plants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydicom.tag import Tag

if TYPE_CHECKING:
    from support.corpus.planting import Planter


def place(tag: int | str, before: str = "") -> str:
    """The path of a standard element, below the path of an item."""
    number = int(Tag(tag))
    return f"{before}({number >> 16:04X},{number & 0xFFFF:04X})"


def plant(planter: Planter) -> None:
    """Plant into a waveform, a recording of sound or a slide, if it is one."""
    _waveform(planter)
    _slide(planter)


def _waveform(planter: Planter) -> None:
    family = planter.who.doctor.split("^")[0]
    if planter.ds.get("WaveformAnnotationSequence"):
        before = place("WaveformAnnotationSequence") + "[0]"
        note = planter.ds.WaveformAnnotationSequence[0]
        said = f"Sinus rhythm, seen by {family}"
        planter.put("UnformattedTextValue", said, (family,), "name", "rhythm", note, before)
        group = planter.ds.WaveformSequence[0]
        before = place("WaveformSequence") + "[0]"
        planter.put("MultiplexGroupLabel", f"RHYTHM {family}"[:16], (family[:9],), "name", item=group, before=before)
        before += place("ChannelDefinitionSequence") + "[0]"
        channel = group.ChannelDefinitionSequence[0]
        planter.put("ChannelLabel", f"aVR {family}"[:16], (family[:12],), "name", item=channel, before=before)
    if planter.ds.SOPClassUID == "1.2.840.10008.5.1.4.1.1.9.4.1":
        spoken = f"dictated on {planter.who.patient_id}".encode()
        planter.ds.WaveformSequence[0][0x54001010].value = spoken + b" " * (len(spoken) % 2)
        planter.nowhere(planter.who.patient_id, "sound")


def _slide(planter: Planter) -> None:
    """Numbers of the pathology laboratory, which tell the accession number, on the slide and in its steps."""
    if not planter.ds.get("SpecimenDescriptionSequence"):
        return
    number, specimen = planter.who.accession, planter.ds.SpecimenDescriptionSequence[0]
    planter.put("ContainerIdentifier", f"{number}-A-1", (number,), "id")
    planter.put("BarcodeValue", number, (number,), "id")
    planter.put("LabelText", f"{planter.who.doctor.split('^')[0]} {number}", (number,), "id")
    before = place("SpecimenDescriptionSequence") + "[0]"
    planter.put("SpecimenIdentifier", f"{number}-A", (number,), "id", item=specimen, before=before)
    text = f"SKIN {number}"
    planter.put("SpecimenShortDescription", text, (number,), "id", "SKIN", specimen, before)
    before += place("SpecimenPreparationSequence") + "[0]"
    before += place("SpecimenPreparationStepContentItemSequence") + "[0]"
    said = specimen.SpecimenPreparationSequence[0].SpecimenPreparationStepContentItemSequence[0]
    planter.put("TextValue", f"{number}-A", (number,), "id", item=said, before=before)
