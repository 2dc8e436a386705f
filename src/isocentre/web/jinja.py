"""The Jinja environment of all pages: NHS.UK macros, our layout, static addresses."""

from __future__ import annotations

from typing import Any

from django.templatetags.static import static
from django.urls import reverse
from jinja2 import ChainableUndefined, ChoiceLoader, Environment, PackageLoader


def environment(**options: Any) -> Environment:
    """Build the environment; ChainableUndefined is what the NHS.UK macros are written for."""
    options["undefined"] = ChainableUndefined
    options["loader"] = ChoiceLoader([options["loader"], PackageLoader("nhsuk_frontend_jinja")])
    env = Environment(**options)
    env.globals.update(static=static, url=reverse)
    return env
