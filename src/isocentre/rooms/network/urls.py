"""Addresses of the room `network`."""

from __future__ import annotations

from django.urls import path

from isocentre.rooms.network import object_views, views

app_name = "network"
urlpatterns = [
    path("", views.sites, name="sites"),
    path("sites/add", views.site_edit, name="site_add"),
    path("sites/<str:ods>", object_views.site, name="site"),
    path("sites/<str:ods>/edit", views.site_edit, name="site_edit"),
    path("scanners/", views.scanners, name="scanners"),
    path("scanners/add", views.scanner_edit, name="scanner_add"),
    path("scanners/<str:code>", object_views.scanner, name="scanner"),
    path("scanners/<str:code>/edit", views.scanner_edit, name="scanner_edit"),
]
