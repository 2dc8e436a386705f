"""Documents, videos and sound are always held; waveforms and drawings pass with their texts cleaned."""

import io
import re

import pydicom
import pytest
from pydicom.dataset import Dataset, FileMetaDataset
from support.burned import GREY, WHO, Told, burned
from support.corpus.made import fresh, reference
from support.dicom_bytes import CT, el, slice_of

from isocentre.core.deid import kinds, recheck
from isocentre.core.deid.engine import PixelCleaner, deidentify
from isocentre.core.deid.profile import parse
from isocentre.profiles import everyone, load

ROOT = "1.2.840.10008.5.1.4.1.1."
NEVER = {
    **{f"104.{number}": "document" for number in range(1, 6)},
    "77.1.1.1": "video", "77.1.2.1": "video", "77.1.4.1": "video",
    "9.4.1": "sound", "9.4.2": "sound",
}  # fmt: skip
ECG, GSPS, CSPS = ROOT + "9.1.1", ROOT + "11.1", ROOT + "11.2"


def opened(*uids, options="", dates="removed"):
    """The basic profile that lets these kinds pass too."""
    text = load("basic").text
    for uid in uids:
        text = re.sub(rf" {re.escape(uid)}(?= |\n)", "", text)
    return parse(text.replace("options: []", options or "options: []")
                 + f"  - uid: {' '.join(uids)}\n    do: pass\n    why: Tried here.\n")  # fmt: skip


CLEANING = "options:\n" + "".join(f"  - code: {code}\n    why: Tried here.\n" for code in (113103, 113104, 113105))


def run(data, profile):
    return deidentify(data, profile=profile, study_key=b"k" * 32, context=WHO)


@pytest.mark.parametrize(("tail", "reason"), NEVER.items())
def test_no_profile_lets_a_document_a_video_or_sound_pass(tail, reason):
    data = slice_of(sop_class=ROOT + tail)
    for profile in everyone():
        outcome = run(data, profile)
        assert outcome.status in ("held", "left_out"), profile.name
        assert outcome.plan is None
        assert len(outcome.words) > 20
    held = run(data, opened(ROOT + tail))
    assert (held.status, held.reason) == ("held", reason)
    assert "leaves it out or rejects it" in held.words


def test_what_a_profile_does_not_name_is_held_with_words_of_its_kind():
    basic = load("basic")
    for tail, said in {"9.1.1": "waveform", "11.9": "drawn on images", "66.5": "Raw", "104.3": "surface"}.items():
        held = run(slice_of(sop_class=ROOT + tail), basic)
        assert held.status == "held"
        assert said in held.words
    for other in ("1.2.3.4", ROOT + "77.1.5.1"):
        assert run(slice_of(sop_class=other), basic).words == "The profile does not know this kind of object."
    assert kinds.never(ROOT + "1049.1") == ""


@pytest.mark.parametrize("tail", ["4.100", "4.103", "4.108", "4.102.1", "7.1"])
def test_a_video_is_held_whatever_kind_of_object_it_is(tail):
    for profile in (load("basic"), parse(load("basic").text.replace("do: pass", "do: clean_pixels"))):
        data = burned(b"", sop_class=CT, syntax=f"1.2.840.10008.1.2.{tail}", encapsulated=[b"\0\0\1\xb3"])
        cleaner = PixelCleaner(Told(), None)
        held = deidentify(data, profile=profile, study_key=b"k" * 32, context=WHO, pixels=cleaner)
        assert (held.status, held.reason) == ("held", "video")


def test_a_picture_that_lies_elsewhere_is_held():
    data = burned(GREY, sop_class=CT, syntax="1.2.840.10008.1.2.4.94", without=(0x7FE00010,),
                  t00287FE0=el(0x00287FE0, "UR", "http://pacs.example/SMITHSON"))  # fmt: skip
    held = run(data, load("basic"))
    assert (held.status, held.reason) == ("held", "picture")
    assert "another server" in held.words


def base(sop_class, modality):
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    ds.SOPClassUID, ds.SOPInstanceUID, ds.Modality = sop_class, fresh(sop_class), modality
    ds.StudyInstanceUID, ds.SeriesInstanceUID = fresh("study"), fresh("series")
    ds.PatientName, ds.PatientID, ds.OperatorsName = "SMITHSON^ADA", "RXH1234567", "QUIGLEY^PAM"
    return ds


def ecg():
    ds = base(ECG, "ECG")
    wave, channel, source, other, note, coded = (Dataset() for _ in range(6))
    source.CodeValue, source.CodingSchemeDesignator, source.CodeMeaning = "2:1", "SCPECG", "Lead I"
    channel.ChannelSourceSequence, channel.ChannelLabel = [source], "aVF Smithson"
    other.ChannelSourceSequence, other.ChannelLabel = [source], "Lead II"
    wave.MultiplexGroupLabel = "RHYTHM QUIGLEY"
    wave.WaveformOriginality, wave.NumberOfWaveformChannels, wave.NumberOfWaveformSamples = "ORIGINAL", 2, 4
    wave.SamplingFrequency, wave.WaveformBitsAllocated, wave.WaveformSampleInterpretation = "500", 16, "SS"
    wave.ChannelDefinitionSequence = [channel, other]
    wave.add_new(0x54001010, "OW", bytes(range(16)))
    ds.WaveformSequence = [wave]
    note.UnformattedTextValue, note.AnnotationGroupNumber = "Sinus rhythm, seen by Dr Quigley RXH1234567", 1
    coded.ConceptNameCodeSequence, coded.NumericValue = [source], "72"
    coded.TextValue = "Rhythm of Ada Smithson"
    ds.WaveformAnnotationSequence = [note, coded]
    return ds


def drawn(sop_class):
    ds = base(sop_class, "PR")
    ds.ContentLabel, ds.ContentDescription, ds.ContentCreatorName = "MARKS", "Lesion Smithson", "QUIGLEY^PAM"
    series = Dataset()
    series.SeriesInstanceUID = fresh("shown")
    series.ReferencedImageSequence = [reference("CTImageStorage", "shown")]
    ds.ReferencedSeriesSequence = [series]
    layer, notes, words, line = (Dataset() for _ in range(4))
    layer.GraphicLayer, layer.GraphicLayerOrder, layer.GraphicLayerDescription = "L1", 1, "marks of Quigley"
    ds.GraphicLayerSequence = [layer]
    words.UnformattedTextValue, words.AnchorPoint, words.AnchorPointVisibility = (
        "lesion Smithson RXH1234567",
        [1, 2],
        "Y",
    )
    line.GraphicType, line.GraphicDimensions, line.NumberOfGraphicPoints = "POLYLINE", 2, 2
    line.GraphicAnnotationUnits, line.GraphicData, line.GraphicFilled = "PIXEL", [1.0, 2.0, 3.0, 4.0], "N"
    notes.GraphicLayer, notes.TextObjectSequence, notes.GraphicObjectSequence = "L1", [words], [line]
    ds.GraphicAnnotationSequence = [notes]
    return ds


def made(ds, profile):
    buffer = io.BytesIO()
    ds.save_as(buffer, enforce_file_format=True)
    data = buffer.getvalue()
    outcome = run(data, profile)
    assert outcome.status == "done", outcome
    out = b"".join(outcome.plan.chunks(data))
    assert recheck.check(out, needles=(*WHO.known, "QUIGLEY^PAM")) == []
    assert not [word for word in (b"smithson", b"quigley", b"rxh1234567") if word in out.lower()]
    return pydicom.dcmread(io.BytesIO(out))


def test_a_waveform_keeps_its_samples_and_leads_and_no_name_in_labels_or_notes():
    ds = made(ecg(), opened(ECG, options=CLEANING))
    wave = ds.WaveformSequence[0]
    assert wave[0x54001010].value == bytes(range(16))
    assert [one.get("ChannelLabel") for one in wave.ChannelDefinitionSequence] == ["aVF", "Lead II"]
    assert wave.MultiplexGroupLabel == "RHYTHM"
    assert wave.ChannelDefinitionSequence[0].ChannelSourceSequence[0].CodeMeaning == "Lead I"
    note, coded = ds.WaveformAnnotationSequence
    assert "rhythm" in note.UnformattedTextValue
    assert coded.NumericValue == 72
    assert coded.TextValue.lower().startswith("rhythm")


@pytest.mark.parametrize("sop_class", [GSPS, CSPS])
def test_drawings_stay_where_a_profile_lets_them_pass_and_their_words_are_cleaned(sop_class):
    ds = made(drawn(sop_class), opened(sop_class, options=CLEANING))
    notes = ds.GraphicAnnotationSequence[0]
    assert notes.GraphicObjectSequence[0].GraphicData == [1, 2, 3, 4]
    assert notes.TextObjectSequence[0].UnformattedTextValue == "lesion"
    assert notes.TextObjectSequence[0].AnchorPoint == [1, 2]
    assert ds.ReferencedSeriesSequence[0].SeriesInstanceUID.startswith("2.25.")


@pytest.mark.parametrize("sop_class", [GSPS, CSPS])
def test_without_the_option_nothing_drawn_is_left(sop_class):
    ds = made(drawn(sop_class), opened(sop_class))
    assert not ds.get("GraphicAnnotationSequence")


@pytest.mark.parametrize("sop_class", [ECG, GSPS, CSPS])
def test_every_profile_that_ships_holds_them_or_leaves_them_out(sop_class):
    for profile in everyone():
        assert run(slice_of(sop_class=sop_class), profile).status in ("held", "left_out")
