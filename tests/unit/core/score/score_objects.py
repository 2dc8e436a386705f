"""Small objects for the tests of the scorer, made with pydicom."""

import io
import warnings

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.sequence import Sequence
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian

from isocentre.core.score.reading import read


def dataset(**values):
    """A CT slice of 2 by 2 pixels; values by keyword, None leaves one out."""
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    given = {
        "SOPClassUID": CTImageStorage,
        "SOPInstanceUID": "1.2.3",
        "StudyInstanceUID": "1.2.4",
        "SeriesInstanceUID": "1.2.5",
        "Modality": "CT",
        "PatientName": "Quill^Otto",
        "PatientID": "Q1",
        "StudyDate": "20190314",
        "Rows": 2,
        "Columns": 2,
        "BitsAllocated": 8,
        "BitsStored": 8,
        "HighBit": 7,
        "PixelRepresentation": 0,
        "SamplesPerPixel": 1,
        "PhotometricInterpretation": "MONOCHROME2",
        "PixelData": b"\1\2\3\4",
    } | values
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of pydicom, about the values that break the rules of their VR on purpose
        for keyword, value in given.items():
            if value is not None:
                setattr(ds, keyword, value)
    return ds


def data(ds):
    """The object as bytes."""
    out = io.BytesIO()
    ds.save_as(out, enforce_file_format=True)
    return out.getvalue()


def found(ds=None, **values):
    """What the scorer reads of an object."""
    return read(data(ds or dataset(**values)))


def item(**values):
    """An item of a sequence."""
    made = Dataset()
    for keyword, value in values.items():
        setattr(made, keyword, value)
    return made


def sequence(*items):
    """A sequence of items."""
    return Sequence(list(items))
