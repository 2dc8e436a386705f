"""Django's entry for the room `intake`."""

from django.apps import AppConfig


class IntakeConfig(AppConfig):
    """The room `intake`."""

    name = "isocentre.rooms.intake"
    label = "intake"
