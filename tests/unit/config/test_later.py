"""The API is loaded by the first request for it, and by nothing before: neither by a page nor by making an address."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from support.data import ROOT

ASKED = """
import django, sys
django.setup()
from django.conf import settings
settings.ROOT_URLCONF = "isocentre.config.urls_{zone}"

from django.urls import resolve, reverse
assert reverse("home") == "/"
assert resolve("/healthz").view_name == "healthz"
print("ninja" in sys.modules)
assert resolve("/api/v1/status").view_name == "api:status"
print("ninja" in sys.modules)
"""


@pytest.mark.parametrize("zone", ["gateway", "platform"])
def test_what_nobody_asks_for_is_not_loaded(zone: str) -> None:
    env = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "DJANGO_SETTINGS_MODULE": "isocentre.config.settings.test"}
    done = subprocess.run(
        [sys.executable, "-c", ASKED.format(zone=zone)], capture_output=True, text=True, check=False, env=env
    )
    assert (done.returncode, done.stdout.split()) == (0, ["False", "True"]), done.stderr[-500:]
