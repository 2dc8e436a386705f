"""Django's entry for the room `trials`."""

from django.apps import AppConfig


class TrialsConfig(AppConfig):
    """The room `trials`."""

    name = "isocentre.rooms.trials"
    label = "trials"
