"""Tells people of a night by e-mail: counts and a link, no row of data; off unless the configuration names them."""

from __future__ import annotations

from smtplib import SMTPException

import structlog
from django.conf import settings
from django.core.mail import BadHeaderError, EmailMessage
from django.db import transaction
from django.urls import reverse

from isocentre.jobs import claims
from isocentre.rooms.intake.nights.keeping import Night
from isocentre.rooms.intake.nights.ports import ports
from isocentre.rooms.intake.nights.rows import NightReport
from isocentre.rooms.intake.reconciling import PARTS
from isocentre.web import formats

log = structlog.get_logger()
TIMES = 20
"""Tries: with pauses of up to five minutes about an hour and a half. The record is on its page all the same."""


def send(worker: str) -> int:
    """Send what waits; returns how many were sent."""
    rows = claims.claim(NightReport.objects.filter(mail=NightReport.WAITING).order_by("pk"), worker=worker, limit=1)
    for row in rows:
        recipients = list(ports().recipients())
        try:
            with claims.held(NightReport, [row.pk], worker=worker):
                if recipients:
                    message(row, recipients).send()
        except (OSError, SMTPException, BadHeaderError, ValueError) as error:
            _failed(row, worker, type(error).__name__)
            return 0
        done = NightReport.objects.filter(pk=row.pk, claimed_by=worker)
        done.update(mail=NightReport.SENT if recipients else "", claimed_by="", lease_until=None, last_error="")
    return len(rows)


def message(row: NightReport, recipients: list[str]) -> EmailMessage:
    """What is sent: each recipient sees the others, who are of one configuration."""
    night = Night.of(row.said)
    counts = [f"{formats.number(night.total('received'))} received"]
    counts += [f"{formats.number(n)} {words.lower()}" for key, words in PARTS if (n := night.total(key))]
    subject = f"Isocentre, {formats.date(row.day)}: {', '.join(counts[:2])}"
    body = [
        f"Images that arrived on {formats.date(row.day)}: {', '.join(counts)}.",
        f"Series that came short: {formats.number(night.short_series)}.",
        "",
        f"{settings.PUBLIC_URL}{reverse('intake:night', args=[row.pk])}",
        "",
        "For research, not for diagnosis. This message names no patient and no scan.",
    ]
    return EmailMessage(subject, "\n".join(body), to=recipients)


def _failed(row: NightReport, worker: str, error: str) -> None:
    """Tried again later, for a while; the address is in no log."""
    log.warning("night_not_mailed", phase="reconciliation", error=error)
    claims.release(NightReport, [row.pk], worker=worker, error=error, attempts=row.attempts)
    if row.attempts >= TIMES:
        with transaction.atomic():
            NightReport.objects.filter(pk=row.pk).update(mail=NightReport.FAILED)
