"""Made objects that are no pictures: reports, radiotherapy, presentation states, waveforms, documents and more."""

from __future__ import annotations

from collections.abc import Callable

from pydicom.dataset import Dataset

from support.corpus.made import bare, fresh, reference


def code(value: str, meaning: str, scheme: str = "DCM") -> Dataset:
    """A coded entry."""
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    return item


def _content(kind: str, name: Dataset, **values: object) -> Dataset:
    item = Dataset()
    item.RelationshipType, item.ValueType = "CONTAINS", kind
    item.ConceptNameCodeSequence = [name]
    for keyword, value in values.items():
        setattr(item, keyword, value)
    return item


def _report(keyword: str, modality: str = "SR") -> Dataset:
    ds = bare(keyword, modality)
    ds.ValueType, ds.ContinuityOfContent = "CONTAINER", "SEPARATE"
    ds.ConceptNameCodeSequence = [code("126000", "Imaging Measurement Report")]
    ds.CompletionFlag, ds.VerificationFlag = "COMPLETE", "UNVERIFIED"
    inner = _content("CONTAINER", code("121070", "Findings"), ContinuityOfContent="SEPARATE")
    inner.ContentSequence = [
        _content("TEXT", code("121071", "Finding"), TextValue="Lesion in segment 4 unchanged"),
        _content("NUM", code("121206", "Distance")),
        _content("UIDREF", code("121126", "Source"), UID=fresh(keyword, "uidref")),
        _content("DATETIME", code("111526", "Started"), DateTime="20190314101112"),
        _content("IMAGE", code("121080", "Best image"), ReferencedSOPSequence=[reference("CTImageStorage", keyword)]),
    ]
    ds.ContentSequence = [inner]
    evidence = Dataset()
    evidence.StudyInstanceUID = ds.StudyInstanceUID
    series = Dataset()
    series.SeriesInstanceUID = fresh(keyword, "evidence")
    series.ReferencedSOPSequence = [reference("CTImageStorage", keyword)]
    evidence.ReferencedSeriesSequence = [series]
    ds.CurrentRequestedProcedureEvidenceSequence = [evidence]
    return ds


def basic_text_sr() -> Dataset:
    return _report("BasicTextSRStorage")


def enhanced_sr() -> Dataset:
    return _report("EnhancedSRStorage")


def comprehensive_sr() -> Dataset:
    return _report("ComprehensiveSRStorage")


def dose_report() -> Dataset:
    return _report("XRayRadiationDoseSRStorage")


def key_object_selection() -> Dataset:
    return _report("KeyObjectSelectionDocumentStorage", "KO")


def presentation_state() -> Dataset:
    ds = bare("GrayscaleSoftcopyPresentationStateStorage", "PR")
    ds.ContentLabel, ds.PresentationCreationDate, ds.PresentationCreationTime = "ANNOTATED", "20190316", "111213"
    series = Dataset()
    series.SeriesInstanceUID = fresh("presented")
    series.ReferencedImageSequence = [reference("CTImageStorage", "presented")]
    ds.ReferencedSeriesSequence = [series]
    text = Dataset()
    text.UnformattedTextValue, text.AnchorPoint, text.AnchorPointVisibility = "measure here", [1.0, 1.0], "Y"
    annotation = Dataset()
    annotation.GraphicLayer, annotation.TextObjectSequence = "LAYER1", [text]
    ds.GraphicAnnotationSequence = [annotation]
    return ds


def colour_presentation_state() -> Dataset:
    ds = presentation_state()
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.11.2", fresh("colour state")
    return ds


def structure_set() -> Dataset:
    ds = bare("RTStructureSetStorage", "RTSTRUCT")
    ds.StructureSetLabel, ds.StructureSetDate, ds.StructureSetTime = "PLAN1", "20190316", "141516"
    roi = Dataset()
    roi.ROINumber, roi.ReferencedFrameOfReferenceUID, roi.ROIName = 1, ds.FrameOfReferenceUID, "GTV"
    ds.StructureSetROISequence = [roi]
    study = Dataset()
    study.ReferencedSOPClassUID, study.ReferencedSOPInstanceUID = "1.2.840.10008.3.1.2.3.1", ds.StudyInstanceUID
    series = Dataset()
    series.SeriesInstanceUID, series.ContourImageSequence = fresh("contoured"), [reference("CTImageStorage", "contour")]
    study.RTReferencedSeriesSequence = [series]
    frame = Dataset()
    frame.FrameOfReferenceUID, frame.RTReferencedStudySequence = ds.FrameOfReferenceUID, [study]
    ds.ReferencedFrameOfReferenceSequence = [frame]
    contour = Dataset()
    contour.ContourGeometricType, contour.NumberOfContourPoints = "CLOSED_PLANAR", 3
    contour.ContourData = [0, 0, 0, 1, 0, 0, 1, 1, 0]
    contour.ContourImageSequence = [reference("CTImageStorage", "contour")]
    drawn = Dataset()
    drawn.ReferencedROINumber, drawn.ContourSequence = 1, [contour]
    ds.ROIContourSequence = [drawn]
    return ds


def plan() -> Dataset:
    ds = bare("RTPlanStorage", "RTPLAN")
    ds.RTPlanLabel, ds.RTPlanDate, ds.RTPlanTime, ds.RTPlanGeometry = "PLAN1", "20190317", "090807", "PATIENT"
    beam = Dataset()
    beam.BeamNumber, beam.BeamName, beam.BeamType, beam.RadiationType = 1, "ANT", "STATIC", "PHOTON"
    ds.BeamSequence = [beam]
    ds.ReferencedStructureSetSequence = [reference("RTStructureSetStorage", "plan")]
    return ds


def ion_plan() -> Dataset:
    ds = plan()
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.481.8", fresh("ion plan")
    return ds


def treatment_record() -> Dataset:
    ds = bare("RTBeamsTreatmentRecordStorage", "RTRECORD")
    ds.TreatmentDate, ds.TreatmentTime = "20190401", "080910"
    ds.ReferencedRTPlanSequence = [reference("RTPlanStorage", "record")]
    return ds


def registration() -> Dataset:
    ds = bare("SpatialRegistrationStorage", "REG")
    one = Dataset()
    one.FrameOfReferenceUID = fresh("registered")
    one.ReferencedImageSequence = [reference("MRImageStorage", "registered")]
    ds.RegistrationSequence = [one]
    return ds


def spectroscopy() -> Dataset:
    ds = bare("MRSpectroscopyStorage", "MR")
    ds.Rows, ds.Columns, ds.DataPointRows, ds.DataPointColumns, ds.NumberOfFrames = 1, 1, 1, 4, 1
    ds.SpectroscopyData = b"\0\0\x80\x3f" * 8
    return ds


def _waveform(keyword: str) -> Dataset:
    ds = bare(keyword, "ECG")
    wave = Dataset()
    wave.WaveformOriginality, wave.NumberOfWaveformChannels, wave.NumberOfWaveformSamples = "ORIGINAL", 1, 4
    wave.SamplingFrequency, wave.WaveformBitsAllocated, wave.WaveformSampleInterpretation = "500", 16, "SS"
    wave.add_new(0x54001010, "OW", b"\1\0\2\0\3\0\4\0")
    ds.WaveformSequence = [wave]
    return ds


def twelve_lead_ecg() -> Dataset:
    return _waveform("TwelveLeadECGWaveformStorage")


def general_ecg() -> Dataset:
    return _waveform("GeneralECGWaveformStorage")


def encapsulated_pdf() -> Dataset:
    ds = bare("EncapsulatedPDFStorage", "DOC")
    ds.DocumentTitle, ds.MIMETypeOfEncapsulatedDocument = "Report", "application/pdf"
    ds.EncapsulatedDocument = b"%PDF-1.4 nothing here"
    return ds


def encapsulated_cda() -> Dataset:
    ds = encapsulated_pdf()
    ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.104.2", fresh("cda")
    ds.MIMETypeOfEncapsulatedDocument, ds.EncapsulatedDocument = "text/XML", b"<ClinicalDocument/>"
    return ds


def raw_data() -> Dataset:
    ds = bare("RawDataStorage", "MR")
    ds.CreatorVersionUID = fresh("creator version")
    return ds


def real_world_value_map() -> Dataset:
    ds = bare("RealWorldValueMappingStorage", "RWV")
    one = Dataset()
    one.ReferencedImageSequence = [reference("PositronEmissionTomographyImageStorage", "map")]
    ds.ReferencedImageRealWorldValueMappingSequence = [one]
    return ds


def surface() -> Dataset:
    ds = bare("SurfaceSegmentationStorage", "SEG")
    ds.ContentLabel = "SURFACE"
    return ds


def hologic_tomosynthesis() -> Dataset:
    """Slices packed into a private group of a secondary capture, as older Hologic systems store them."""
    ds = bare("SecondaryCaptureImageStorage", "MG")
    ds.SOPInstanceUID, ds.Manufacturer = fresh("hologic"), "HOLOGIC, Inc."
    block = ds.private_block(0x7E01, "HOLOGIC, Inc.", create=True)
    block.add_new(0x01, "LO", "LORAD breast tomosynthesis")
    block.add_new(0x02, "SH", "1.0")
    block.add_new(0x12, "OB", b"\1\2\3\4" * 64)
    return ds


OTHERS: tuple[Callable[[], Dataset], ...] = (
    basic_text_sr, enhanced_sr, comprehensive_sr, dose_report, key_object_selection, presentation_state,
    colour_presentation_state, structure_set, plan, ion_plan, treatment_record, registration, spectroscopy,
    twelve_lead_ecg, general_ecg, encapsulated_pdf, encapsulated_cda, raw_data, real_world_value_map, surface,
    hologic_tomosynthesis,
)  # fmt: skip
