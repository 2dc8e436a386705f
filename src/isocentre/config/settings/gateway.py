"""Settings of the hospital side: intake and de-identification, with identifiers."""

import os

os.environ.setdefault("ISOCENTRE_ZONE", "gateway")

from isocentre.config import environment
from isocentre.config.settings import base

_env = environment.read("gateway")
globals().update(base.common(_env))
SECRET_KEY = base.secret_key(_env.zone_home)
INSTALLED_APPS = base.SUPPORT_APPS + base.GATEWAY_ROOMS + base.ALLAUTH_APPS
