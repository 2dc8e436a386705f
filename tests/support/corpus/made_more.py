"""Made objects of kinds that are built like another: further reports, waveforms, presentation states, records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from pydicom.dataset import Dataset

from support.corpus.made import bare, fresh
from support.corpus.made_others import comprehensive_sr, general_ecg, presentation_state, registration, treatment_record

PREFIX = "more/"
_LIKE: tuple[tuple[Callable[[], Dataset], str, str], ...] = (
    (comprehensive_sr, "SR", "MammographyCADSRStorage ChestCADSRStorage ColonCADSRStorage AcquisitionContextSRStorage "
     "SimplifiedAdultEchoSRStorage PatientRadiationDoseSRStorage RadiopharmaceuticalRadiationDoseSRStorage "
     "EnhancedXRayRadiationDoseSRStorage ProcedureLogStorage PlannedImagingAgentAdministrationSRStorage"),
    (general_ecg, "ECG", "AmbulatoryECGWaveformStorage HemodynamicWaveformStorage ArterialPulseWaveformStorage "
     "CardiacElectrophysiologyWaveformStorage RespiratoryWaveformStorage"),
    (presentation_state, "PR", "PseudoColorSoftcopyPresentationStateStorage "
     "XAXRFGrayscaleSoftcopyPresentationStateStorage"),
    (treatment_record, "RTRECORD", "RTBrachyTreatmentRecordStorage RTTreatmentSummaryRecordStorage "
     "RTIonBeamsTreatmentRecordStorage"),
    (registration, "REG", "DeformableSpatialRegistrationStorage SpatialFiducialsStorage"),
)  # fmt: skip


def objects() -> Iterator[tuple[str, Callable[[], Dataset]]]:
    """Each kind: its name, and how to make it."""
    for make, modality, keywords in _LIKE:
        for keyword in keywords.split():
            yield f"{PREFIX}{keyword}", partial(_as, make, keyword, modality)


def _as(make: Callable[[], Dataset], keyword: str, modality: str) -> Dataset:
    ds, kind = make(), bare(keyword, modality)
    ds.SOPClassUID, ds.Modality = kind.SOPClassUID, modality
    ds.SOPInstanceUID, ds.SeriesInstanceUID = fresh(PREFIX, keyword), fresh(PREFIX, keyword, "series")
    return ds
