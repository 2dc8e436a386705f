"""Django's entry for the room `register`."""

from django.apps import AppConfig


class RegisterConfig(AppConfig):
    """The room `register`."""

    name = "isocentre.rooms.register"
    label = "register"
