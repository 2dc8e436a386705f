"""Django's entry for `audit`."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Support app `audit`."""

    name = "isocentre.audit"
    label = "audit"
