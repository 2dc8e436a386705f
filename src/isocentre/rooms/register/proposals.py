"""Builds `study-config`: what one gateway is proposed, and may receive (design §3, Gateway and platform)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from django.db import transaction
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.charter.reading import parse as parse_charter
from isocentre.core.ids import ObjectUid
from isocentre.core.record_types import (
    FaceWaiver,
    IntakeMode,
    LegalBasis,
    Recall,
    ResearchStudyProposal,
    SiteAgreement,
    SiteEntry,
    StudyConfig,
)
from isocentre.core.register import receive
from isocentre.rooms.network import door as network
from isocentre.rooms.register import agreements, recalls
from isocentre.rooms.register.commands import planned_event
from isocentre.rooms.register.models import StudySite


def study_config_for(*, by: Actor, gateway_name: str, sites: Iterable[str]) -> StudyConfig:
    """The message for a gateway and its sites, within the actor's scope; remembers which version was handed over."""
    if not by.may("study_config_read") or (by.kind == "gateway" and by.name != gateway_name):
        raise PermissionError("a gateway may fetch its own study-config only")
    mine = sorted(sites)
    at_sites = StudySite.objects.select_related("research_study").filter(site__in=mine)
    rows = [
        row
        for row in at_sites.prefetch_related("research_study__planned_events").order_by("research_study__slug", "site")
        if by.scope.allows(row.research_study.slug, row.site)
    ]
    by_study: dict[str, list[StudySite]] = {}
    for row in rows:
        by_study.setdefault(row.research_study.slug, []).append(row)
    agreed = _agreed(rows)
    config = StudyConfig(
        gateway=gateway_name,
        sites=tuple(SiteEntry(s.ods, s.name) for s in network.sites(ods=mine)),
        scanners=tuple(s.entry for s in network.scanners(at_sites=mine)),
        research_studies=tuple(_proposal(group, agreed) for group in by_study.values()),
        recalls=tuple(
            Recall(ObjectUid(one.object_uid), one.revision) for one in recalls.told(scope=by.scope, sites=mine)
        ),
    )
    if by.kind == "gateway":
        _remember(by, rows)
    return config


def _agreed(rows: list[StudySite]) -> dict[tuple[str, str], SiteAgreement]:
    """How the contribution agreement of each place stands today; nothing where agreements are not asked for."""
    if not agreements.required():
        return {}
    found = agreements.standings(((row.research_study.slug, row.site) for row in rows), timezone.localdate())
    return {
        (slug, site): SiteAgreement(site, one.why_not or True, one.until.isoformat() if one.until else "")
        for (slug, site), one in found.items()
    }


def _proposal(rows: list[StudySite], agreed: dict[tuple[str, str], SiteAgreement]) -> ResearchStudyProposal:
    """One research study at the gateway's sites; it may receive when one of them may."""
    study = rows[0].research_study
    answers = [receive(status=study.status, site_status=row.status) for row in rows]
    return ResearchStudyProposal(
        slug=study.slug,
        title=study.title,
        sponsor=study.sponsor,
        protocol_name=study.protocol_name,
        intake_mode=cast("IntakeMode", study.intake_mode),
        sites=tuple(row.site for row in rows),
        profile=study.profile,
        legal_basis=cast("LegalBasis", study.legal_basis),
        ae_title=study.ae_title,
        face_waiver=FaceWaiver(study.face_waived, study.face_reason),
        receive=True if True in answers else answers[0],
        planned_events=tuple(
            planned_event(event) for event in sorted(study.planned_events.all(), key=lambda e: (e.window_from, e.code))
        ),
        prior_imaging=study.prior_imaging,
        version=study.version,
        charter=parse_charter(study.charter) if study.charter else None,
        agreements=tuple(agreed[study.slug, row.site] for row in rows if agreed),
    )


def _remember(by: Actor, rows: list[StudySite]) -> None:
    newer = [row for row in rows if row.handed_version != row.research_study.version]
    if not newer:
        return
    with transaction.atomic():
        for row in newer:
            StudySite.objects.filter(pk=row.pk).update(handed_version=row.research_study.version)
        audit.record(
            by=by,
            entries=[
                audit.Entry(
                    "study_config_handed",
                    "research_study",
                    row.research_study.slug,
                    {"site": row.site, "version": row.research_study.version},
                )
                for row in newer
            ],
        )
