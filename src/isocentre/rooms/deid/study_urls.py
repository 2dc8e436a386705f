"""Addresses of research studies on the hospital side. Acceptance pins a profile, so they live with the profiles."""

from __future__ import annotations

from django.urls import path

from isocentre.rooms.deid import study_views

app_name = "research_studies"
urlpatterns = [
    path("", study_views.research_studies, name="all"),
    path("<slug:slug>/", study_views.research_study, name="one"),
    path("<slug:slug>/accept", study_views.accept, name="accept"),
]
