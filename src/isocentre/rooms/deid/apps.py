"""Django's entry for the room `deid`."""

from django.apps import AppConfig


class DeidConfig(AppConfig):
    """The room `deid`."""

    name = "isocentre.rooms.deid"
    label = "deid"
