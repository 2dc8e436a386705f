"""Addresses that are loaded with the first request for one of them: what few ask for, and is much to hold."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any

from django.urls import URLResolver
from django.urls.resolvers import RoutePattern


class Later(URLResolver):
    """The addresses under a route, as `load` gives them. They have a namespace, in which nothing is ever looked up: to
    make an address by its name Django reads all there are, and would load these in every process that shows a page.
    """

    def __init__(self, route: str, namespace: str, load: Callable[[], list[Any]]) -> None:
        super().__init__(RoutePattern(route), (), app_name=namespace, namespace=namespace)
        self._load = load

    @cached_property
    def url_patterns(self) -> list[Any]:
        """The addresses, loaded."""
        return self._load()

    def _populate(self) -> None:
        """Nothing is made by the names of these."""
