"""Django's entry for the room `network`."""

from django.apps import AppConfig


class NetworkConfig(AppConfig):
    """The room `network`."""

    name = "isocentre.rooms.network"
    label = "network"
