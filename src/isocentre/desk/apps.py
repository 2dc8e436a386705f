"""Django's entry for `desk`."""

from django.apps import AppConfig


class DeskConfig(AppConfig):
    """Support app `desk`."""

    name = "isocentre.desk"
    label = "desk"

    def ready(self) -> None:
        """Let every page carry the menu, which `web` cannot know."""
        from isocentre.desk import context
        from isocentre.web import context as frame

        frame.register(context.page)
