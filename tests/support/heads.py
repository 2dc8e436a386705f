"""Made-up heads with a known brain and a known face, in any contrast, cut in any direction, as DICOM slices.

Made apart from the template that heads are found with: other shapes (superellipsoids, a wedge for a nose), random
sizes, and things the template knows nothing of: eyes, brows, lips, ears, sinuses, a head rest.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field, replace

import numpy as np
import pydicom
from pydicom.dataset import Dataset, FileMetaDataset

AIR, SKIN, BONE, BRAIN, CSF, EYE, REST = range(7)
CONTRASTS = {
    # air, soft tissue, bone, brain, fluid, eye, head rest
    "CT": (-1000, 40, 900, 35, 8, 10, 60),
    "T1": (4, 700, 60, 620, 150, 140, 4),
    "T2": (4, 260, 40, 330, 900, 950, 4),
}
CT, MR = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.4"
AXIAL = ((1, 0, 0), (0, 1, 0))
SAGITTAL = ((0, 1, 0), (0, 0, -1))
CORONAL = ((1, 0, 0), (0, 0, -1))


@dataclass(frozen=True)
class Head:
    """One made-up head. Angles in degrees: nodding, tilting and turning; `size` beside an average adult."""

    seed: int = 0
    size: float = 1.0
    nod: float = 0.0
    tilt: float = 0.0
    turn: float = 0.0
    face: bool = True
    at: tuple[float, float, float] = (6.0, -9.0, 14.0)
    shape: dict[str, float] = field(default_factory=dict)

    def own(self, points):
        """Points (…, 3) of the patient (LPS, mm) in the head's own system: left, back, top."""
        a, b, c = np.radians([self.nod, self.tilt, self.turn])
        nod = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
        tilt = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
        turn = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
        return (points - np.asarray(self.at)) @ (turn @ tilt @ nod).T / self.size

    def labels(self, points):
        """What lies at points (…, 3) of the patient."""
        p = self.own(points)
        x, y, z = p[..., 0], p[..., 1], p[..., 2]
        chance = np.random.default_rng(self.seed)
        wide, long, nose, jaw, brow = 1 + 0.04 * chance.standard_normal(5)
        half = np.array([75 * wide, 95 * long, 90])
        skull = _super(p, (0, 2, 0), half, 2.2)
        bone = _super(p, (0, 2, 0), half - 6, 2.2)
        inner = _super(p, (0, 3, 2), half - (13, 13, 12), 2.2) & (z > -14 + 0.42 * (-y - 20) - 26 * (y > -52))
        face = _super(p, (0, -42, -62), (58 * jaw, 50, 78), 2.6)
        neck = (x / 56) ** 2 + ((y - 14 - (z + 120) * 0.12) / 58) ** 2 < 1
        out = np.zeros(x.shape, np.uint8)
        out[(neck & (z < -40)) | skull] = SKIN
        if self.face:
            out[face | self._features(p, nose, brow)] = SKIN
            out[_super(p, (0, -54, -70), (40, 34, 50), 2.6)] = BONE
            out[(_super(p, (0, -60, -62), (16, 34, 16), 2))] = AIR
            sockets = _super(p, (32, -72, -26), (21, 30, 18), 2) | _super(p, (-32, -72, -26), (21, 30, 18), 2)
            out[sockets & (y > -91)] = SKIN
            out[_ball(p, (32, -78, -26), 12) | _ball(p, (-32, -78, -26), 12)] = EYE
        out[bone] = BONE
        if self.face:
            out[bone & (_ball(p, (32, -74, -28), 19) | _ball(p, (-32, -74, -28), 19))] = SKIN
            out[_ball(p, (32, -78, -27), 12) | _ball(p, (-32, -78, -27), 12)] = EYE
        out[inner] = CSF
        out[self.brain(points)] = BRAIN
        out[_super(p, (14, 4, 14), (7, 34, 12), 2) | _super(p, (-14, 4, 14), (7, 34, 12), 2)] = CSF
        return out

    def brain(self, points):
        """Where brain is."""
        p = self.own(points)
        y, z = p[..., 1], p[..., 2]
        chance = np.random.default_rng(self.seed)
        wide, long = 1 + 0.04 * chance.standard_normal(5)[:2]
        whole = _super(p, (0, 3, 2), np.array([75 * wide, 95 * long, 90]) - (17, 17, 15), 2.2)
        lobes = _super(p, (36, -10, -26), (24, 38, 24), 2) | _super(p, (-36, -10, -26), (24, 38, 24), 2)
        lower = _super(p, (0, 44, -34), (48, 36, 28), 2)
        return (whole & (z > -8 + 0.25 * (-y - 40) * (y < -40) - 6 * (y > -40))) | ((lobes | lower) & whole)

    def _features(self, p, nose, brow):
        x, y, z = p[..., 0], p[..., 1], p[..., 2]
        down = np.clip((-20 - z) / 46, 0, 1)
        wedge = (z < -20) & (z > -70) & (y > -93 - 26 * nose * down) & (y < -60) & (np.abs(x) < 6 + 11 * down)
        brows = _super(p, (26, -86, -8), (22, 9 * brow, 7), 2) | _super(p, (-26, -86, -8), (22, 9 * brow, 7), 2)
        lips = _super(p, (0, -92, -88), (24, 7, 5), 2) | _super(p, (0, -91, -98), (22, 7, 5), 2)
        chin = _super(p, (0, -82, -124), (22, 15, 16), 2)
        ears = _super(p, (76, 14, -32), (8, 16, 30), 2) | _super(p, (-76, 14, -32), (8, 16, 30), 2)
        cheeks = _super(p, (38, -72, -58), (22, 20, 20), 2) | _super(p, (-38, -72, -58), (22, 20, 20), 2)
        return wedge | brows | lips | chin | ears | cheeks


def shown_face(head: Head, points):
    """What only a head with a face has, at points of the patient: nose, lips, chin, brows; ears apart."""
    own = head.own(points)
    face = (head.labels(points) != AIR) & (replace(head, face=False).labels(points) == AIR)
    return face & (np.abs(own[..., 0]) < 60) & (own[..., 1] < -84)


def _super(p, centre, half, power):
    return (np.abs((p - np.asarray(centre, float)) / np.asarray(half, float)) ** power).sum(axis=-1) < 1


def _ball(p, centre, radius):
    return ((p - np.asarray(centre, float)) ** 2).sum(axis=-1) < radius**2


@dataclass(frozen=True)
class Scan:
    """How a head is scanned: direction of rows and columns, distances in mm, size, contrast, noise, what is covered.

    `low` and `high`: from where to where slices lie along their normal, in mm from the head.
    """

    rows_columns: tuple = AXIAL
    spacing: float = 1.5
    step: float = 3.0
    size: int = 170
    contrast: str = "CT"
    noise: float = 6.0
    low: float = -150.0
    high: float = 100.0
    backwards: bool = False
    shear: float = 0.0


def planes(head: Head, scan: Scan):
    """For each slice: the position of its first pixel, and the points (rows, columns, 3) of its pixels."""
    row, column = (np.asarray(v, float) for v in scan.rows_columns)
    normal = np.cross(row, column)
    middle = np.asarray(head.at) - np.array([0, 0, 22.0]) * (abs(normal[2]) < 0.5)
    index = (np.arange(scan.size) - (scan.size - 1) / 2) * scan.spacing
    places = np.arange(scan.low, scan.high + 0.1, scan.step)
    for place in places[::-1] if scan.backwards else places:
        origin = middle + normal * place + row * index[0] + column * index[0] + column * scan.shear * place
        steps = np.arange(scan.size) * scan.spacing
        yield origin, origin + steps[None, :, None] * row + steps[:, None, None] * column


def series(head: Head, scan: Scan, body_part: str = "HEAD") -> list[bytes]:
    """The slices of one scan as DICOM files."""
    return [made(scan, origin, pixels(head, scan, points, number), number, body_part)
            for number, (origin, points) in enumerate(planes(head, scan))]  # fmt: skip


def pixels(head: Head, scan: Scan, points, number: int):
    """Rescaled values of one slice."""
    values = np.asarray(CONTRASTS[scan.contrast], np.float32)[head.labels(points)]
    chance = np.random.default_rng((head.seed, number))
    if scan.contrast == "CT":
        return values + scan.noise * chance.standard_normal(values.shape)
    noise = scan.noise * chance.standard_normal((2, *values.shape))
    return np.hypot(values + noise[0], noise[1])  # Rician, as the size of a complex signal is


def made(scan: Scan, origin, values, number: int, body_part: str) -> bytes:
    """One slice as a DICOM file."""
    ct = scan.contrast == "CT"
    ds = Dataset()
    ds.file_meta = FileMetaDataset()
    ds.file_meta.TransferSyntaxUID = "1.2.840.10008.1.2.1"
    ds.SOPClassUID = ds.file_meta.MediaStorageSOPClassUID = CT if ct else MR
    ds.SOPInstanceUID = ds.file_meta.MediaStorageSOPInstanceUID = f"1.2.826.0.1.3680043.10.511.3.{number + 1}"
    ds.StudyInstanceUID, ds.SeriesInstanceUID = "1.2.826.0.1.3680043.10.511.1", "1.2.826.0.1.3680043.10.511.2"
    ds.FrameOfReferenceUID = "1.2.826.0.1.3680043.10.511.4"
    ds.ImageType, ds.Modality = ["ORIGINAL", "PRIMARY", "AXIAL"], "CT" if ct else "MR"
    ds.PatientName, ds.PatientID, ds.InstanceNumber = "Ashworth^Ada", "RXH7654321", number + 1
    if body_part:
        ds.BodyPartExamined = body_part
    ds.ImagePositionPatient = [round(float(v), 4) for v in origin]
    ds.ImageOrientationPatient = [round(float(v), 6) for part in scan.rows_columns for v in part]
    ds.PixelSpacing, ds.SliceThickness = [scan.spacing, scan.spacing], scan.step
    ds.Rows = ds.Columns = scan.size
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 12 if ct else 16, 11 if ct else 15
    ds.PixelRepresentation = 0
    if ct:
        ds.RescaleSlope, ds.RescaleIntercept = 1, -1024
        values = values + 1024
    ds.PixelData = np.clip(np.rint(values), 0, 4095).astype("<u2").tobytes()
    file = io.BytesIO()
    pydicom.dcmwrite(file, ds, enforce_file_format=True)
    return file.getvalue()
