"""The audit trail: append-only rows without foreign keys, sealed into a chain by one sealer."""

from __future__ import annotations

from django.db import models


class _Act(models.Model):
    """Who did what to what."""

    actor_kind = models.CharField(max_length=10)
    actor = models.CharField(max_length=150)
    role = models.CharField(max_length=40, blank=True)
    action = models.CharField(max_length=60)
    object_type = models.CharField(max_length=40)
    object_id = models.CharField(max_length=150)
    detail = models.JSONField(default=dict)

    class Meta:
        abstract = True


class AuditRow(_Act):
    """Who did what to what, when, why. The sealer gives `chain_no` and `digest`; order is `chain_no`, never id."""

    at = models.DateTimeField()
    reason = models.CharField(max_length=500, blank=True)
    chain_no = models.BigIntegerField(null=True, unique=True)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        indexes = (
            models.Index(fields=["object_type", "object_id"]),
            models.Index(fields=["actor", "at"]),
            models.Index(fields=["action", "at"]),
        )


class Counted(_Act):
    """What a machine did so many times from `first_at` to `last_at`: no audit row yet. `key`: hash of the rest."""

    key = models.CharField(max_length=64, unique=True)
    counts = models.CharField(max_length=20)  # what is counted: images, attempts
    number = models.PositiveIntegerField()
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
