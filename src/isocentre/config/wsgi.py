"""WSGI entry: granian serves `isocentre.config.wsgi:application` of the zone in ISOCENTRE_ZONE."""

import os

from django.core.wsgi import get_wsgi_application

from isocentre.cli.supervisor import die_with_parent
from isocentre.config import environment

die_with_parent()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", f"isocentre.config.settings.{environment.read().zone}")
application = get_wsgi_application()

from isocentre.config import kill_points, logs, wiring  # noqa: E402 - apps must be loaded first

logs.configure()
kill_points.install()
wiring.wire()
