"""Settings of the unit tests: the rooms of both sides in one process, never served.

Journeys and contracts start real processes with the real zones; here only models, doors and views are at work.
`ISOCENTRE_TEST_DATABASE_URL` runs the same tests on PostgreSQL.
"""

import os
import tempfile
from dataclasses import replace
from pathlib import Path

from isocentre.config import environment, provider
from isocentre.config.settings import base

_home = Path(tempfile.gettempdir()) / f"isocentre-test-{os.getpid()}"
_env = replace(environment.read("platform"), home=_home, database_url="", blobs="", public_url="", proxies=())
globals().update(base.common(_env))
# Named here so that mypy's Django plug-in, which reads this file, knows their types.
HOME: Path = _env.home
ZONE_HOME: Path = _env.zone_home
SIGN_IN_PROVIDER: provider.SignInProvider | None = None
HTTP_PORT: int = _env.http_port
DICOM_PORT: int = _env.dicom_port
BLOBS: str = str(_env.zone_home / "blobs")
PUBLIC_URL: str = f"http://127.0.0.1:{_env.http_port}"
DEMO: bool = False
ZONE = "test"
ZONES = ("gateway", "platform")
DATABASES = {
    "default": environment.database(os.environ.get("ISOCENTRE_TEST_DATABASE_URL", ""), _home / "isocentre.sqlite3")
}
DATABASES["default"]["CONN_MAX_AGE"] = 0
SECRET_KEY = "tests only"  # noqa: S105 - never served
INSTALLED_APPS = base.SUPPORT_APPS + base.GATEWAY_ROOMS + base.PLATFORM_ROOMS + base.ALLAUTH_APPS
ROOT_URLCONF = "isocentre.config.urls_test"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
MFA_MANDATORY = False  # tests that are about it switch it on
MAIL_TO: tuple[str, ...] = ()
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
