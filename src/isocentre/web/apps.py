"""Django's entry for `web`."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Support app `web`."""

    name = "isocentre.web"
    label = "web"
