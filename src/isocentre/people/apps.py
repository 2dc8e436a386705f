"""Django's entry for `people`."""

from django.apps import AppConfig


class PeopleConfig(AppConfig):
    """Support app `people`."""

    name = "isocentre.people"
    label = "people"
