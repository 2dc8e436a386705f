"""Pages that stand alone: no script, nothing from elsewhere, to be kept or printed. They need no server to be made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined


def page(name: str, facts: Mapping[str, Any]) -> str:
    """The page of this name with these facts, as HTML; what a page asks for and is not given is an error."""
    loader = PackageLoader("isocentre.web", "pages")
    environment = Environment(
        loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(f"{name}.html.jinja").render(**facts)
