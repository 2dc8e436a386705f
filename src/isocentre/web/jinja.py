"""The Jinja environment of all pages: NHS.UK macros, our layout, static addresses, words and numbers."""

from __future__ import annotations

from typing import Any

from django.contrib.messages import get_messages
from django.templatetags.static import static
from django.urls import reverse
from jinja2 import ChainableUndefined, ChoiceLoader, Environment, PackageLoader

from isocentre.web import formats
from isocentre.web.context import address


def environment(**options: Any) -> Environment:
    """Build the environment; ChainableUndefined is what the NHS.UK macros are written for."""
    options["undefined"] = ChainableUndefined
    options["loader"] = ChoiceLoader([options["loader"], PackageLoader("nhsuk_frontend_jinja")])
    env = Environment(**options)  # noqa: S701 - Django's backend passes autoescape=True in the options
    env.globals.update(static=static, url=reverse, address=address, get_messages=get_messages)
    env.filters.update(
        date=formats.date,
        moment=formats.moment,
        clock=formats.clock,
        ago=formats.ago,
        pounds=formats.pounds,
        msv=formats.msv,
        number=formats.number,
        filesize=formats.filesize,
        plural=formats.plural,
        lower_first=formats.lower_first,
    )
    return env
