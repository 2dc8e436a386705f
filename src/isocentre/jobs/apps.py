"""Django's entry for `jobs`."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Support app `jobs`."""

    name = "isocentre.jobs"
    label = "jobs"
