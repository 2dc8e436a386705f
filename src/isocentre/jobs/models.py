"""Rows of work: the outbox of events, long jobs with progress, and the beat of each process."""

from __future__ import annotations

from django.db import models


class Claimable(models.Model):
    """A row that is its own place in the queue (design §3, the ledger)."""

    claimed_by = models.CharField(max_length=80, blank=True)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    not_before = models.DateTimeField(null=True)
    last_error = models.CharField(max_length=300, blank=True)

    class Meta:
        abstract = True


class OutboxRow(Claimable):
    """An event written in its writer's transaction, delivered once to each listener; done rows are removed."""

    event = models.CharField(max_length=60)
    payload = models.JSONField()
    listener = models.CharField(max_length=120)
    state = models.CharField(max_length=8, default="waiting")  # waiting, poison

    class Meta:
        indexes = (models.Index(fields=["state", "id"]),)


class Beat(models.Model):
    """Last sign of life of one process: what it is and what it is doing."""

    process = models.CharField(max_length=80, primary_key=True)
    at = models.DateTimeField()
    doing = models.CharField(max_length=200, blank=True)


class Setting(models.Model):
    """A named value a zone remembers between processes (canary state, sweep times)."""

    name = models.CharField(max_length=80, primary_key=True)
    value = models.JSONField()
