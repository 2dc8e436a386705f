"""Django's entry for `jobs`."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """Support app `jobs`."""

    name = "isocentre.jobs"
    label = "jobs"

    def ready(self) -> None:
        """Measure write transactions of every connection from its beginning."""
        from django.db.backends.signals import connection_created

        from isocentre.jobs import measured

        connection_created.connect(measured.watch, dispatch_uid="isocentre.jobs.measured")
