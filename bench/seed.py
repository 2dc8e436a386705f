"""Seeds one zone for the bench, through its doors: `python -m bench.seed platform|gateway|token|index`."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable

import django

SITE = "LOCAL"


def main(what: str, *more: str) -> None:
    """Seed what was asked for; `token` prints a token that may read everything; `index` takes how many scans."""
    zone = "gateway" if what == "gateway" else "platform"
    os.environ["DJANGO_SETTINGS_MODULE"] = f"isocentre.config.settings.{zone}"
    django.setup()
    from isocentre.config import wiring

    wiring.wire()
    known: dict[str, Callable[..., None]] = {
        "platform": platform, "gateway": gateway, "token": token, "index": index,
    }  # fmt: skip
    known[what](*more)


def platform() -> None:
    """The site and the research study."""
    from isocentre.core.actor import SYSTEM
    from isocentre.core.register import ResearchStudyTerms
    from isocentre.desk.demo.platform import agree
    from isocentre.rooms.network import door as network
    from isocentre.rooms.register import door as register

    network.save_site(by=SYSTEM, ods=SITE, name="Bench", organisation_ods="LOC", organisation_name="Bench")
    terms = ResearchStudyTerms("bench", "Bench", "Bench", "Bench", "dedicated", "trial-ct-mr.v2", "consent",
                               ae_title="BENCH", status="open")  # fmt: skip
    register.create_research_study(by=SYSTEM, terms=terms)
    register.save_study_site(by=SYSTEM, research_study="bench", site=SITE, status="open")
    agree("bench", trust="LOC", people=("anna", "ben"), days=900)


def gateway() -> None:
    """The sender admitted, the research study accepted."""
    from isocentre.core.actor import SYSTEM
    from isocentre.rooms.deid import door as deid
    from isocentre.rooms.intake import door as intake

    limit = time.monotonic() + 60
    while intake.study("bench") is None and time.monotonic() < limit:
        deid.fetch_proposals()
        time.sleep(0.2)
    intake.admit_peer(by=SYSTEM, calling_ae="STORESCU", address="127.0.0.1", name="bench", site=SITE)
    deid.accept(by=SYSTEM, slug="bench")


def token() -> None:
    """A token of an imaging core person."""
    from datetime import timedelta

    from django.utils import timezone

    from isocentre.people.bearer import digest
    from isocentre.people.models import RoleAssignment, Token, User

    user, _ = User.objects.get_or_create(username="bench", defaults={"name": "Bench"})
    RoleAssignment.objects.get_or_create(user=user, role="imaging_core")
    Token.objects.get_or_create(digest=digest("bench-token"), defaults={
        "user": user, "label": "bench", "scope": ["*"], "expires_at": timezone.now() + timedelta(days=1)})  # fmt: skip
    sys.stdout.write("bench-token\n")


def index(count: str) -> None:
    """Rows of `count` scans, beside the doors: a year of dates, 4 scans a person, 2 series of 50 images a scan."""
    from django.db import transaction

    from isocentre.rooms.archive.models import ImagingStudy, Instance, Series, SeriesMetadata

    words = ("CT thorax with contrast", "MR head", "PET/CT whole body", "CT chest abdomen pelvis", "MR prostate")
    kinds = (("CT", "CT"), ("MR", "MR"), ("PT", "CT"), ("CT", "SR"), ("MR", "MR"))
    for start in range(0, int(count), 2000):
        numbers = range(start, min(start + 2000, int(count)))
        with transaction.atomic():
            studies = ImagingStudy.objects.bulk_create(
                ImagingStudy(
                    study_uid=f"2.25.9{n:09d}", research_study=f"trial-{n % 40}", site=f"RZN{n % 25:02d}",
                    pseudonym=f"P-BENCH{n // 4 * 4:07d}", subject_id=f"S{n // 4 * 4:07d}", time_point=f"V{n % 4}",
                    study_date=f"2025{n * 7919 % 12 + 1:02d}{n * 104729 // 12 % 28 + 1:02d}", study_time="101500",
                    description=words[n % 5], sex="FM"[n % 2], modalities="\\".join(sorted(set(kinds[n % 5]))),
                    series_count=2, instance_count=100,
                )
                for n in numbers
            )  # fmt: skip
            series = Series.objects.bulk_create(
                Series(
                    series_uid=f"{study.study_uid}.{k}", study=study, modality=kinds[n % 5][k], body_part="CHEST",
                    number=k, description="axial", instance_count=50,
                )
                for n, study in zip(numbers, studies, strict=True)
                for k in range(2)
            )  # fmt: skip
            SeriesMetadata.objects.bulk_create(SeriesMetadata(series=each, content=b"") for each in series)
            Instance.objects.bulk_create(
                Instance(
                    object_uid=f"{each.series_uid}.1", series=each, sha256="0" * 64, blob_key="0" * 64, size=528000,
                    transfer_syntax="1.2.840.10008.1.2.1", sop_class="1.2.840.10008.5.1.4.1.1.2", number=1,
                    rows=512, columns=512, dataset_offset=400,
                )
                for each in series
            )  # fmt: skip


if __name__ == "__main__":
    main(*sys.argv[1:])
