"""Addresses of the room `intake`; none carries a number or name of a person."""

from __future__ import annotations

from django.urls import path

from isocentre.rooms.intake import (
    accession_views,
    check_views,
    enrolment_views,
    person_views,
    recall_views,
    reconciliation_views,
    refusal_views,
    rejection_views,
    sender_views,
    subject_views,
    unassigned_views,
    views,
    visit_views,
)
from isocentre.rooms.intake.identities import views as number_views
from isocentre.rooms.intake.nights import views as night_views
from isocentre.rooms.intake.pull import expected_views, node_views
from isocentre.rooms.intake.pull import views as views_of_pulls
from isocentre.rooms.intake.trust import views as trust_views

app_name = "intake"
urlpatterns = [
    path("arrivals/", views.arrivals, name="arrivals"),
    path("arrivals/unassigned/", unassigned_views.unassigned_list, name="unassigned"),
    path("arrivals/unassigned/<int:pk>", unassigned_views.assign, name="assign"),
    path("ledger/", views.ledger, name="ledger"),
    path("reconciliation/", reconciliation_views.reconciliation, name="reconciliation"),
    path("reconciliation/nights/", night_views.nights, name="nights"),
    path("reconciliation/nights/<int:pk>/", night_views.night, name="night"),
    path("reconciliation/nights/<int:pk>/pdf", night_views.night_pdf, name="night_pdf"),
    path("enrolment/", enrolment_views.enrolment, name="enrolment"),
    path("enrolment/add", enrolment_views.enrol, name="enrol"),
    path("enrolment/list", enrolment_views.enrol_list, name="enrol_list"),
    path("enrolment/undo/<int:pk>", person_views.undo, name="enrolment_undo"),
    path("enrolment/<int:pk>", person_views.person, name="person"),
    path("enrolment/<int:pk>/withdraw", person_views.withdraw, name="withdraw"),
    path("enrolment/<int:pk>/withdraw/undo", person_views.withdrawal_undo, name="withdrawal_undo"),
    path("enrolment/<int:pk>/correct", person_views.correct, name="correct"),
    path("enrolment/subject-ids/", subject_views.subject_list, name="subject_ids"),
    path("enrolment/<int:pk>/subject-id/", subject_views.accept, name="subject_accept"),
    path("enrolment/<int:pk>/subject-id/give", subject_views.give, name="subject_give"),
    path("enrolment/<int:pk>/subject-id/undo", subject_views.undo, name="subject_undo"),
    path("enrolment/<int:pk>/check", check_views.check, name="check"),
    path("enrolment/<int:pk>/remove", person_views.remove, name="remove"),
    path("enrolment/accessions/", accession_views.listed, name="accessions"),
    path("enrolment/accessions/add", accession_views.add, name="accessions_add"),
    path("enrolment/accessions/remove", accession_views.remove, name="accessions_remove"),
    path("enrolment/accessions/only", accession_views.only, name="accessions_only"),
    path("visits/", visit_views.calendar, name="visits"),
    path("fetching/", views_of_pulls.pulls, name="pulls"),
    path("fetching/add", views_of_pulls.add, name="pull_add"),
    path("fetching/expected", expected_views.expected, name="pull_expected"),
    path("fetching/<int:pk>/", views_of_pulls.pull, name="pull"),
    path("fetching/<int:pk>/lines", views_of_pulls.lines, name="pull_lines"),
    path("fetching/<int:pk>/lines/<int:line>", views_of_pulls.choose, name="pull_choose"),
    path("fetching/<int:pk>/start", views_of_pulls.start, name="pull_start"),
    path("fetching/<int:pk>/end", views_of_pulls.end, name="pull_end"),
    path("fetching/<int:pk>/again", views_of_pulls.again, name="pull_again"),
    path("fetching/pacs/", node_views.nodes, name="pacs"),
    path("fetching/pacs/add", node_views.node, name="pacs_add"),
    path("fetching/pacs/<int:pk>", node_views.node, name="pacs_change"),
    path("fetching/pacs/<int:pk>/pause", node_views.pause, name="pacs_pause"),
    path("numbers/", number_views.numbers, name="numbers"),
    path("numbers/say", number_views.say, name="numbers_say"),
    path("numbers/<int:pk>/", number_views.question, name="numbers_question"),
    path("numbers/<int:pk>/undo", number_views.undo, name="numbers_undo"),
    path("recalls/", recall_views.recalls, name="recalls"),
    path("recalls/notes/", rejection_views.notes, name="rejection_notes"),
    path("recalls/notes/<int:pk>", rejection_views.note, name="rejection_note"),
    path("recalls/scan/<int:pk>", recall_views.recall, name="recall"),
    path("senders/", sender_views.senders, name="senders"),
    path("senders/add", sender_views.sender, name="sender_add"),
    path("senders/withdraw", sender_views.withdraw, name="senders_withdraw"),
    path("senders/refused/", sender_views.refused, name="senders_refused"),
    path("senders/refused/clear", sender_views.clear, name="senders_clear"),
    path("senders/refused/<int:pk>/admit", sender_views.admit, name="sender_admit"),
    path("senders/objects/", refusal_views.refused_objects, name="refused_objects"),
    path("senders/objects/clear", refusal_views.clear, name="refused_objects_clear"),
    path("conformance/", trust_views.conformance, name="conformance"),
    path("conformance/pdf", trust_views.conformance_pdf, name="conformance_pdf"),
    path("senders/<int:pk>", sender_views.sender, name="sender"),
]
