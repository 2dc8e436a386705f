"""Rules of the reference book of sites and scanners: what each may be called."""

from __future__ import annotations

from isocentre.core.checks import Checks
from isocentre.core.record_types import ScannerEntry
from isocentre.core.records import AE, CODE, CS, ODS

SERIAL = "This could be an NHS number: leave it out, and name the scanner by its station name or AE title"


def check_site(*, ods: str, name: str, organisation_ods: str, organisation_name: str) -> None:
    """Unfit unless the site and the organisation it belongs to have ODS codes and names."""
    checks = Checks()
    checks.form("ods", ods, ODS, "Enter an ODS site code: 3 to 12 capital letters and digits, like RZN01")
    checks.filled("name", name, "Enter the name of the site")
    checks.form("organisation_ods", organisation_ods, ODS, "Enter the ODS code of the organisation, like RZN")
    checks.filled("organisation_name", organisation_name, "Enter the name of the organisation")
    given = {"ods": ods, "name": name, "organisation_ods": organisation_ods, "organisation_name": organisation_name}
    for field, value in given.items():
        checks.nobody(field, value)
    checks.done()


def check_scanner(scanner: ScannerEntry, *, software: str) -> None:
    """Unfit unless the scanner can be told apart in its images.

    A scan is given to a site by DeviceSerialNumber, else StationName, else the calling AE title (design §3.1), so one
    of the three is needed. Lengths are those of DICOM: LO 64, SH 16, AE 16, CS 16 (PS3.5 table 6.2-1).
    """
    checks = Checks()
    checks.form("code", scanner.code, CODE, "Enter a short code of letters, digits, dots and hyphens, like NM-MR1")
    checks.that(scanner.code != "add", "code", "Choose another code: this one is used by the system")
    checks.form("site", scanner.site, ODS, "Choose the site the scanner stands at")
    checks.filled("manufacturer", scanner.manufacturer, "Enter the manufacturer", most=64)
    checks.filled("model", scanner.model, "Enter the model", most=64)
    checks.brief("serial", scanner.serial, most=64)
    checks.brief("station_name", scanner.station_name, most=16)
    checks.form("ae_title", scanner.ae_title, AE, "Use at most 16 characters without a backslash")
    checks.form("modality", scanner.modality, CS, "Enter a DICOM modality in capitals, like MR, CT or PT")
    checks.brief("software", software, most=64)
    checks.that(
        bool(scanner.serial or scanner.station_name or scanner.ae_title),
        "serial",
        "Enter a serial number, a station name or an AE title: scans are known by one of them",
    )
    checks.nobody("serial", scanner.serial, SERIAL)
    for field in ("code", "manufacturer", "model", "station_name", "ae_title", "modality"):
        checks.nobody(field, getattr(scanner, field))
    checks.nobody("software", software)
    checks.done()
