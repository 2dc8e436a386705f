"""Addresses of the room `intake`; none carries a number or name of a person."""

from __future__ import annotations

from django.urls import path

from isocentre.rooms.intake import (
    enrolment_views,
    person_views,
    reconciliation_views,
    refusal_views,
    sender_views,
    views,
)

app_name = "intake"
urlpatterns = [
    path("arrivals/", views.arrivals, name="arrivals"),
    path("ledger/", views.ledger, name="ledger"),
    path("reconciliation/", reconciliation_views.reconciliation, name="reconciliation"),
    path("enrolment/", enrolment_views.enrolment, name="enrolment"),
    path("enrolment/add", enrolment_views.enrol, name="enrol"),
    path("enrolment/list", enrolment_views.enrol_list, name="enrol_list"),
    path("enrolment/undo/<int:pk>", person_views.undo, name="enrolment_undo"),
    path("enrolment/<int:pk>", person_views.person, name="person"),
    path("enrolment/<int:pk>/withdraw", person_views.withdraw, name="withdraw"),
    path("enrolment/<int:pk>/withdraw/undo", person_views.withdrawal_undo, name="withdrawal_undo"),
    path("enrolment/<int:pk>/correct", person_views.correct, name="correct"),
    path("enrolment/<int:pk>/remove", person_views.remove, name="remove"),
    path("senders/", sender_views.senders, name="senders"),
    path("senders/add", sender_views.sender, name="sender_add"),
    path("senders/withdraw", sender_views.withdraw, name="senders_withdraw"),
    path("senders/refused/", sender_views.refused, name="senders_refused"),
    path("senders/refused/clear", sender_views.clear, name="senders_clear"),
    path("senders/refused/<int:pk>/admit", sender_views.admit, name="sender_admit"),
    path("senders/objects/", refusal_views.refused_objects, name="refused_objects"),
    path("senders/objects/clear", refusal_views.clear, name="refused_objects_clear"),
    path("senders/<int:pk>", sender_views.sender, name="sender"),
]
