"""Settings of the national side: archive, register and network; no identifier of a person."""

import os

os.environ.setdefault("ISOCENTRE_ZONE", "platform")

from isocentre.config import environment
from isocentre.config.settings import base

_env = environment.read("platform")
globals().update(base.common(_env))
SECRET_KEY = base.secret_key(_env.zone_home)
INSTALLED_APPS = base.SUPPORT_APPS + base.PLATFORM_ROOMS + base.ALLAUTH_APPS
