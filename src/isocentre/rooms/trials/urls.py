"""Addresses of the room `trials`."""

from __future__ import annotations

from django.urls import path

from isocentre.rooms.trials import changing, views

app_name = "trials"
urlpatterns = [
    path("", views.charters, name="charters"),
    path("<slug:slug>", views.versions, name="versions"),
    path("<slug:slug>/upload", changing.upload, name="upload"),
    path("<slug:slug>/<int:number>", views.charter, name="charter"),
    path("<slug:slug>/<int:number>/file", views.file, name="file"),
    path("<slug:slug>/<int:number>/publish", changing.publish, name="publish"),
    path("<slug:slug>/<int:number>/from/<int:old>", views.difference, name="difference"),
]
