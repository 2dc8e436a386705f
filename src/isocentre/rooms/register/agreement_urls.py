"""Addresses of contribution agreements."""

from __future__ import annotations

from django.urls import path

from isocentre.rooms.register import agreement_forms as forms
from isocentre.rooms.register import agreement_views as views

app_name = "agreements"
urlpatterns = [
    path("", views.listed, name="all"),
    path("required", forms.require, name="require"),
    path("<slug:slug>/<str:ods>", views.agreement, name="agreement"),
    path("<slug:slug>/<str:ods>/edit/<slug:topic>", forms.edit, name="edit"),
    path("<slug:slug>/<str:ods>/confirm/<int:number>/<int:edits>", forms.confirm, name="confirm"),
    path("<slug:slug>/<str:ods>/discard", forms.discard, name="discard"),
    path("<slug:slug>/<str:ods>/restore/<int:number>", forms.restore, name="restore"),
    path("<slug:slug>/<str:ods>/end", forms.end, name="end"),
    path("<slug:slug>/<str:ods>/reopen", forms.reopen, name="reopen"),
]
