"""Made images of slides: tissue, small copy, overview and label, with what a laboratory writes on them; films, sound
and documents with surfaces, which nobody lets pass."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate

from support.corpus.made import bare, fresh
from support.corpus.made_others import code, encapsulated_pdf, general_ecg

WSI = "VLWholeSlideMicroscopyImageStorage"


def _slide(flavour: str, rows: int, columns: int, shown: bool) -> Dataset:
    ds = bare(WSI, "SM")
    ds.SOPInstanceUID, ds.SeriesInstanceUID = fresh(WSI, flavour), fresh(WSI, "series", flavour)
    ds.ImageType = ["ORIGINAL", "PRIMARY", flavour, "NONE"]
    ds.SpecimenLabelInImage, ds.BurnedInAnnotation = ("YES" if shown else "NO"), ("YES" if shown else "NO")
    ds.SamplesPerPixel, ds.PhotometricInterpretation, ds.PlanarConfiguration = 3, "RGB", 0
    ds.Rows, ds.Columns, ds.NumberOfFrames = rows, columns, 1
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 8, 8, 7, 0
    ds.TotalPixelMatrixRows, ds.TotalPixelMatrixColumns = rows, columns
    ds.PixelData = bytes([225, 205, 230]) * (rows * columns)
    ds.VolumetricProperties, ds.LossyImageCompression = "VOLUME", "00"
    ds.ContainerIdentifier, ds.SpecimenDescriptionSequence = "QS19-40712-A-1", [_specimen()]
    optical = Dataset()
    optical.OpticalPathIdentifier, optical.ICCProfile = "1", bytes(range(128))
    ds.OpticalPathSequence = [optical]
    dimensions = Dataset()
    dimensions.DimensionOrganizationUID = fresh(WSI, "dimensions")
    ds.DimensionOrganizationSequence = [dimensions]
    ds.DimensionOrganizationType, ds.ConcatenationUID = "TILED_FULL", fresh(WSI, "concatenation")
    return ds


def _specimen() -> Dataset:
    specimen, step, said = Dataset(), Dataset(), Dataset()
    specimen.SpecimenIdentifier, specimen.SpecimenUID = "QS19-40712-A", fresh("specimen")
    said.ValueType, said.ConceptNameCodeSequence = "TEXT", [code("121041", "Specimen Identifier")]
    said.TextValue = "QS19-40712-A"
    step.SpecimenPreparationStepContentItemSequence = [said]
    specimen.SpecimenPreparationSequence = [step]
    return specimen


def slide_volume() -> Dataset:
    """Two tiles, compressed."""
    ds = _slide("VOLUME", 32, 32, False)
    ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.90"
    ds.NumberOfFrames, ds.TotalPixelMatrixColumns = 2, 64
    ds.PixelData = encapsulate([b"\xff\x4f\xff\x51" + bytes([n]) * 60 + b"\xff\xd9" for n in (1, 2)])
    return ds


def slide_thumbnail() -> Dataset:
    return _slide("THUMBNAIL", 24, 40, False)


def slide_overview() -> Dataset:
    return _slide("OVERVIEW", 240, 720, True)


def slide_label() -> Dataset:
    return _slide("LABEL", 240, 240, True)


def noted_ecg() -> Dataset:
    """An ECG with names of channels and notes."""
    ds = general_ecg()
    ds.SOPInstanceUID = fresh("noted ecg")
    channel, note = Dataset(), Dataset()
    channel.ChannelSourceSequence = [code("2:2", "Lead II", "SCPECG")]
    channel.ChannelLabel, note.UnformattedTextValue = "Lead II", "Sinus rhythm"
    ds.WaveformSequence[0].ChannelDefinitionSequence = [channel]
    ds.WaveformAnnotationSequence = [note]
    return ds


def _surface(keyword: str, kind: str) -> Dataset:
    ds = encapsulated_pdf()
    ds.SOPClassUID, ds.SOPInstanceUID = bare(keyword, "M3D").SOPClassUID, fresh(keyword)
    ds.Modality, ds.MIMETypeOfEncapsulatedDocument = "M3D", kind
    return ds


def voice() -> Dataset:
    ds = general_ecg()
    ds.SOPClassUID, ds.SOPInstanceUID = bare("BasicVoiceAudioWaveformStorage", "AU").SOPClassUID, fresh("voice")
    ds.Modality = "AU"
    return ds


def film() -> Dataset:
    """A film with sound, as an endoscope stores it."""
    ds = _slide("VOLUME", 16, 16, False)
    ds.SOPClassUID, ds.SOPInstanceUID = bare("VideoEndoscopicImageStorage", "ES").SOPClassUID, fresh("film")
    ds.ImageType, ds.Modality = ["ORIGINAL", "PRIMARY"], "ES"
    ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.4.102"
    ds.PixelData = encapsulate([b"\0\0\0\x18ftypmp42" + bytes(40)])
    return ds


SLIDES_AND_MORE: tuple[tuple[str, Callable[[], Dataset]], ...] = (
    ("slide_volume", slide_volume), ("slide_thumbnail", slide_thumbnail), ("slide_overview", slide_overview),
    ("slide_label", slide_label), ("noted_ecg", noted_ecg), ("voice", voice), ("film", film),
    ("stl", partial(_surface, "EncapsulatedSTLStorage", "model/stl")),
    ("obj", partial(_surface, "EncapsulatedOBJStorage", "model/obj")),
    ("mtl", partial(_surface, "EncapsulatedMTLStorage", "model/mtl")),
)  # fmt: skip
