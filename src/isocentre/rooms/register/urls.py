"""Addresses of the room `register`."""

from __future__ import annotations

from typing import Any

app_name = "register"
urlpatterns: list[Any] = []
