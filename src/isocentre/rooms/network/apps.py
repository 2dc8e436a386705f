"""Django's entry for the room `network`."""

from django.apps import AppConfig


class NetworkConfig(AppConfig):
    """The room `network`."""

    name = "isocentre.rooms.network"
    label = "network"

    def ready(self) -> None:
        """Tell every page what things are called here."""
        from isocentre.rooms.network import naming
        from isocentre.web import names

        names.tell(sites=naming.names)
