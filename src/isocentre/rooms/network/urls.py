"""Addresses of the room `network`."""

from __future__ import annotations

from typing import Any

app_name = "network"
urlpatterns: list[Any] = []
