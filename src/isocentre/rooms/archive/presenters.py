"""Words, rows and links of the repository browser."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from django.conf import settings
from django.urls import reverse

from isocentre.core.actor import Actor
from isocentre.core.dicom import dictionary
from isocentre.rooms.archive import browsing
from isocentre.rooms.archive.models import ImagingStudy, Instance, Series
from isocentre.web import formats, names
from isocentre.web.formats import filesize, plural
from isocentre.web.listing import Cell, Column, Row

ROOT = "/dicomweb"
VIEWER = "/viewer?StudyInstanceUIDs="
AT_SERIES, AT_IMAGE = "&initialSeriesInstanceUID=", "&initialSOPInstanceUID="
MOST_ELEMENTS = 2000
LONGEST_VALUE = 400
Line = tuple[str, str, str, str]
"""Tag, keyword, VR and value in words of one element."""


def scan_columns(by: Actor) -> tuple[Column, ...]:
    """Columns of the list of scans; subject ids for the study team only."""
    subject = (Column("subject_id", "Subject", "subject_id"),) if browsing.sees_subjects(by) else ()
    return (
        Column("pseudonym", "Pseudonym", "pseudonym"),
        *subject,
        Column("research_study", "Research study", "research_study"),
        Column("site", "Site", "site"),
        Column("time_point", "Time point", "time_point"),
        Column("study_day", "Day", "study_day", numeric=True),
        Column("modalities", "Modality", "modalities"),
        Column("series", "Series", "series_count", numeric=True),
        Column("images", "Images", "instance_count", numeric=True),
        Column("study_uid", "UID ends"),
    )


def scan_rows(page: Sequence[ImagingStudy], by: Actor) -> list[Row]:
    """One row a scan; the link is the pseudonym."""
    studies = names.research_studies({row.research_study for row in page})
    sites = names.sites({row.site for row in page})
    return [Row(row.study_uid, tuple(_scan_cells(row, by, studies, sites))) for row in page]


def _scan_cells(row: ImagingStudy, by: Actor, studies: Mapping[str, str], sites: Mapping[str, str]) -> Iterator[Cell]:
    yield Cell(row.pseudonym, url=scan_url(row))
    if browsing.sees_subjects(by):
        yield Cell(subject(row))
    yield Cell(studies[row.research_study], row.research_study)
    yield Cell(sites[row.site], row.site)
    yield Cell(row.time_point)
    yield Cell(day(row.study_day), "" if row.study_day is None else row.study_day)
    yield Cell(modalities(row))
    yield Cell(f"{row.series_count:,}", row.series_count)
    yield Cell(f"{row.instance_count:,}", row.instance_count)
    yield Cell(f"…{row.study_uid[-6:]}", row.study_uid)


def subject(row: ImagingStudy) -> str:
    """The subject id; nothing where the person is not enrolled and it repeats the pseudonym (design §3)."""
    return "" if row.subject_id == row.pseudonym else row.subject_id


def day(value: float | None) -> str:
    """`0`, `−14`, `2.5`: days from day 0; the column says that they are days."""
    return "" if value is None else formats.study_day(value).removeprefix("day ")


def modalities(row: ImagingStudy) -> str:
    """`CT, PT`."""
    return ", ".join(filter(None, row.modalities.split("\\")))


def viewer(study_uid: str, series_uid: str, object_uid: str = "") -> str:
    """The viewer's address, opened at a series, or at one image of it."""
    return VIEWER + study_uid + AT_SERIES + series_uid + (AT_IMAGE + object_uid if object_uid else "")


def title(row: ImagingStudy) -> str:
    """`Scan of P-7QK2M9XB4T, Week 8`."""
    return f"Scan of {row.pseudonym}" + (f", {row.time_point}" if row.time_point else "")


def scan_facts(row: ImagingStudy, by: Actor) -> list[tuple[str, str]]:
    """What a scan is, as (label, value)."""
    known = [("Subject", subject(row) or "Not enrolled")] if browsing.sees_subjects(by) else []
    return [
        ("Pseudonym", row.pseudonym),
        *known,
        ("Research study", names.research_study(row.research_study)),
        ("Site", names.site(row.site)),
        ("Time point", row.time_point),
        ("Day", formats.study_day(row.study_day).capitalize() if row.study_day is not None else ""),
        ("Modality", modalities(row)),
        ("Description", row.description),
        ("Stored", f"{plural(row.instance_count, 'image')} in {plural(row.series_count, 'series', 'series')}"),
    ]


def series_facts(row: Series) -> list[tuple[str, str]]:
    """What a series is, as (label, value)."""
    return [
        ("Number", "" if row.number is None else str(row.number)),
        ("Modality", row.modality),
        ("Body part", row.body_part),
        ("Description", row.description),
        ("Protocol", row.protocol),
        ("Scanner", f"{row.manufacturer} {row.model}".strip()),
    ]


def instance_facts(row: Instance) -> list[tuple[str, str]]:
    """What an image is, as (label, value)."""
    pixels = f"{row.columns} × {row.rows}" if row.rows and row.columns else "No picture"
    return [
        ("Kind", uid_name(row.sop_class)),
        ("Pixels", pixels),
        ("Frames", f"{row.frames:,}"),
        ("Size", filesize(row.size)),
        ("Stored as", uid_name(row.transfer_syntax)),
        ("Revision", str(row.revision)),
        ("SHA-256", row.sha256),
        ("UID", row.object_uid),
    ]


def uid_name(uid: str) -> str:
    """The standard's name of a class or syntax, or the UID itself."""
    return dictionary.uid_name(uid)


def scan_url(row: ImagingStudy) -> str:
    """A scan's page."""
    return reverse("archive:scan", args=[row.study_uid])


def series_url(row: Series) -> str:
    """A series' page (its scan must be loaded)."""
    return reverse("archive:series", args=[row.study.study_uid, row.series_uid])


def instance_url(row: Instance) -> str:
    """An image's page (its series and scan must be loaded)."""
    return reverse("archive:instance", args=[row.series.study.study_uid, row.series.series_uid, row.object_uid])


def series_address(row: Series) -> str:
    """A series under the DICOMweb root."""
    return f"{ROOT}/studies/{row.study.study_uid}/series/{row.series_uid}"


@dataclass(frozen=True, slots=True)
class ImageRow(Row):
    """A row of a series' list with its address under DICOMweb where it has a picture."""

    picture: str = ""


def instance_columns() -> tuple[Column, ...]:
    """Columns of the images of a series."""
    return (
        Column("number", "Image", "number", numeric=True),
        Column("kind", "Kind"),
        Column("pixels", "Pixels"),
        Column("frames", "Frames", "frames", numeric=True),
        Column("size", "Size", "size", numeric=True),
        Column("revision", "Revision", "revision", numeric=True),
        Column("object_uid", "UID ends"),
    )


def instance_rows(page: Sequence[Instance], base: str) -> list[Row]:
    """One row an image; `base` is the series' DICOMweb address."""
    return [_instance_row(row, base) for row in page]


def _instance_row(row: Instance, base: str) -> ImageRow:
    shape = f"{row.columns} × {row.rows}" if row.rows and row.columns else ""
    number = "no number" if row.number is None else str(row.number)
    cells = (
        Cell(number, "" if row.number is None else row.number, url=instance_url(row)),
        Cell(uid_name(row.sop_class)),
        Cell(shape),
        Cell(f"{row.frames:,}", row.frames),
        Cell(filesize(row.size), row.size),
        Cell(str(row.revision), row.revision),
        Cell(f"…{row.object_uid[-6:]}", row.object_uid),
    )
    return ImageRow(row.object_uid, cells, f"{base}/instances/{row.object_uid}" if shape else "")


def header_rows(lines: Iterable[Line]) -> tuple[list[Line], bool]:
    """The header's elements as stored, long values cut short, and whether there are more than are shown."""
    found = list(islice(lines, MOST_ELEMENTS + 1))
    rows = [(tag, keyword, vr, _short(value)) for tag, keyword, vr, value in found[:MOST_ELEMENTS]]
    return rows, len(found) > MOST_ELEMENTS


def _short(value: str) -> str:
    return value if len(value) <= LONGEST_VALUE else f"{value[:LONGEST_VALUE]}…"


def curl(address: str, accept: str, file: str) -> str:
    """A line to paste into a terminal: fetches `address` into `file` with a token kept in the environment."""
    return (
        f"curl --fail --header \"Authorization: Bearer $ISOCENTRE_TOKEN\" --header 'Accept: {accept}' "
        f"--output {file} {settings.PUBLIC_URL}{address}"
    )


def curl_many(address: str, file: str) -> str:
    """The line for many objects: multipart/related, each as it is stored."""
    return curl(address, 'multipart/related; type="application/dicom"; transfer-syntax=*', file)
