"""What others may ask of `network`: sites and scanners, read in batches, created and changed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass

from django.db import transaction

from isocentre.audit import door as audit
from isocentre.core import network
from isocentre.core.actor import ANY, Actor
from isocentre.core.checks import Unfit
from isocentre.core.record_types import ScannerEntry
from isocentre.rooms.network.models import Organisation, Scanner, Site

ENTRY = ScannerEntry.__slots__
"""Names of what a scanner's entry holds."""


@dataclass(frozen=True, slots=True)
class SiteRecord:
    """A site and the organisation it belongs to."""

    ods: str
    name: str
    organisation_ods: str
    organisation_name: str


@dataclass(frozen=True, slots=True)
class ScannerRecord:
    """A scanner; `entry` is what travels to gateways."""

    entry: ScannerEntry
    site_name: str
    software: str


def sites(*, ods: Iterable[str] | None = None) -> list[SiteRecord]:
    """Sites by ODS code, in order of name; all when no codes are given."""
    rows = Site.objects.select_related("organisation").order_by("name", "ods")
    if ods is not None:
        rows = rows.filter(ods__in=sorted(set(ods)))
    return [SiteRecord(s.ods, s.name, s.organisation.ods, s.organisation.name) for s in rows]


def scanners(*, codes: Iterable[str] | None = None, at_sites: Iterable[str] | None = None) -> list[ScannerRecord]:
    """Scanners by code, by site, or all; in order of site and code."""
    rows = Scanner.objects.select_related("site").order_by("site__name", "code")
    if codes is not None:
        rows = rows.filter(code__in=sorted(set(codes)))
    if at_sites is not None:
        rows = rows.filter(site__ods__in=sorted(set(at_sites)))
    return [_scanner(row) for row in rows]


def save_site(*, by: Actor, ods: str, name: str, organisation_ods: str, organisation_name: str) -> SiteRecord:
    """Create or change a site (and its organisation); safe to repeat. Unfit with words by field."""
    _allow(by, ods)
    network.check_site(ods=ods, name=name, organisation_ods=organisation_ods, organisation_name=organisation_name)
    with transaction.atomic():
        organisation, made = Organisation.objects.get_or_create(
            ods=organisation_ods, defaults={"name": organisation_name}
        )
        entries = [] if not made else [audit.Entry("organisation_created", "organisation", organisation_ods)]
        if organisation.name != organisation_name:
            # An organisation is shared by its sites: its name changes only for someone whose scope is every site.
            if not by.scope.allows(ANY, ANY):
                raise Unfit({"organisation_name": f"This organisation is already known as {organisation.name}"})
            organisation.name = organisation_name
            organisation.save()
            entries.append(
                audit.Entry("organisation_changed", "organisation", organisation_ods, {"name": organisation_name})
            )
        wanted = {"name": name, "organisation_id": organisation.pk}
        row = Site.objects.filter(ods=ods).first()
        if row is None:
            Site.objects.create(ods=ods, **wanted)
            entries.append(audit.Entry("site_created", "site", ods, {"name": name, "organisation": organisation_ods}))
        elif (row.name, row.organisation_id) != (name, organisation.pk):
            Site.objects.filter(pk=row.pk).update(**wanted)
            entries.append(audit.Entry("site_changed", "site", ods, {"name": name, "organisation": organisation_ods}))
        audit.record(by=by, entries=entries)
    return SiteRecord(ods, name, organisation_ods, organisation_name)


def save_scanner(*, by: Actor, scanner: ScannerEntry, software: str = "") -> ScannerRecord:
    """Create or change a scanner; safe to repeat. Unfit with words by field."""
    _allow(by, scanner.site)
    network.check_scanner(scanner, software=software)
    wanted = {**asdict(scanner), "software": software}
    with transaction.atomic():
        site = Site.objects.filter(ods=scanner.site).first()
        if site is None:
            raise Unfit({"site": "Choose a site that is known here"})
        _unique(scanner)
        columns = {**wanted, "site": site}
        row = Scanner.objects.select_related("site").filter(code=scanner.code).first()
        if row is None:
            row = Scanner.objects.create(**columns)
            audit.record(by=by, entries=[audit.Entry("scanner_created", "scanner", scanner.code, wanted)])
        else:
            _allow(by, row.site.ods)
            before = {**asdict(_scanner(row).entry), "software": row.software}
            changed = {name: value for name, value in wanted.items() if before[name] != value}
            if changed:
                Scanner.objects.filter(pk=row.pk).update(**columns)
                audit.record(by=by, entries=[audit.Entry("scanner_changed", "scanner", scanner.code, changed)])
    return ScannerRecord(scanner, site.name, software)


def _unique(scanner: ScannerEntry) -> None:
    others = Scanner.objects.exclude(code=scanner.code)
    if scanner.serial and others.filter(manufacturer=scanner.manufacturer, serial=scanner.serial).exists():
        raise Unfit({"serial": "Another scanner of this manufacturer has this serial number"})


def _allow(by: Actor, site: str) -> None:
    if not by.may("network_edit") or not by.scope.allows(ANY, site):
        raise PermissionError("this role may not change sites and scanners here")


def _scanner(row: Scanner) -> ScannerRecord:
    entry = ScannerEntry(
        code=row.code,
        site=row.site.ods,
        manufacturer=row.manufacturer,
        model=row.model,
        serial=row.serial,
        station_name=row.station_name,
        ae_title=row.ae_title,
        modality=row.modality,
    )
    return ScannerRecord(entry, row.site.name, row.software)
