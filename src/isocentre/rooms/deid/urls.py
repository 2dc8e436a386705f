"""Addresses of the room `deid`."""

from __future__ import annotations

from typing import Any

app_name = "deid"
urlpatterns: list[Any] = []
