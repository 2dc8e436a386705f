"""Addresses of the room `archive`."""

from __future__ import annotations

from typing import Any

app_name = "archive"
urlpatterns: list[Any] = []
