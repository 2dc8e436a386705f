"""Organisations, their sites and the scanners that stand there."""

from __future__ import annotations

from django.db import models


class Organisation(models.Model):
    """An NHS organisation by ODS code."""

    ods = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=200)


class Site(models.Model):
    """A site of an organisation by ODS site code."""

    ods = models.CharField(max_length=12, unique=True)
    name = models.CharField(max_length=200)
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="sites")


class Scanner(models.Model):
    """A scanner, and how its images name it: DeviceSerialNumber, StationName, AE title."""

    code = models.CharField(max_length=64, unique=True)
    site = models.ForeignKey(Site, on_delete=models.PROTECT, related_name="scanners")
    manufacturer = models.CharField(max_length=64)
    model = models.CharField(max_length=64)
    serial = models.CharField(max_length=64, blank=True)
    station_name = models.CharField(max_length=16, blank=True)
    ae_title = models.CharField(max_length=16, blank=True)
    modality = models.CharField(max_length=16)
    software = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = (
            # Two devices of one maker with one serial number would send a scan to either's site.
            models.UniqueConstraint(
                fields=["manufacturer", "serial"], condition=~models.Q(serial=""), name="one_scanner_each_serial"
            ),
        )
