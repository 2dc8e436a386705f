"""Django's entry for `desk`."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Support app `desk`."""

    name = "isocentre.desk"
    label = "desk"
