"""Addresses of the room `network`."""

from __future__ import annotations

from django.urls import path

from isocentre.rooms.network import views

app_name = "network"
urlpatterns = [
    path("", views.sites, name="sites"),
    path("sites/add", views.site, name="site_add"),
    path("sites/<str:ods>", views.site, name="site"),
    path("scanners/", views.scanners, name="scanners"),
    path("scanners/add", views.scanner, name="scanner_add"),
    path("scanners/<str:code>", views.scanner, name="scanner"),
]
