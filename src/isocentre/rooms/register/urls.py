"""Addresses of the room `register`: research studies, and the parts of each."""

from __future__ import annotations

from django.urls import path

from isocentre.rooms.register import forms, matched, parts, subject_views, views

app_name = "register"
urlpatterns = [
    path("", views.research_studies, name="research_studies"),
    path("new", forms.create, name="create"),
    path("<slug:slug>", views.research_study, name="research_study"),
    path("<slug:slug>/edit/<slug:topic>", forms.edit, name="edit"),
    path("<slug:slug>/sites", parts.sites, name="sites"),
    path("<slug:slug>/sites/add", forms.site, name="site_add"),
    path("<slug:slug>/sites/<str:ods>", forms.site, name="site"),
    path("<slug:slug>/scanners", parts.scanners, name="scanners"),
    path("<slug:slug>/planned-events", parts.planned_events, name="planned_events"),
    path("<slug:slug>/planned-events/add", forms.planned_event, name="planned_event_add"),
    path("<slug:slug>/planned-events/<str:event_id>", forms.planned_event, name="planned_event"),
    path("<slug:slug>/planned-events/<str:event_id>/remove", forms.remove, name="planned_event_remove"),
    path("<slug:slug>/subjects", parts.subjects, name="subjects"),
    path("<slug:slug>/subjects/<str:pseudonym>", subject_views.subject, name="subject"),
    path("<slug:slug>/imaging", parts.imaging, name="imaging"),
    path("<slug:slug>/imaging/matched", matched.matched, name="matched"),
    path("<slug:slug>/imaging/matched/<str:study_uid>/<str:event_id>", matched.deny, name="deny"),
    path("<slug:slug>/imaging/unmatched", parts.unmatched, name="unmatched"),
    path("<slug:slug>/imaging/unmatched/<str:study_uid>", forms.choose, name="choose"),
    path("<slug:slug>/times", parts.times, name="times"),
]
