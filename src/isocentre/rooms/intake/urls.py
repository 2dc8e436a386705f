"""Addresses of the room `intake`."""

from __future__ import annotations

from typing import Any

app_name = "intake"
urlpatterns: list[Any] = []
