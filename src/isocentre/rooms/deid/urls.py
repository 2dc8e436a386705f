"""Addresses of the room `deid`."""

from __future__ import annotations

from django.urls import path

from isocentre.rooms.deid import (
    account_views,
    face_views,
    held_views,
    opt_out_views,
    profile_views,
    report_views,
    review_views,
    rule_views,
    sample_views,
    times_views,
    try_views,
)

app_name = "deid"
urlpatterns = [
    path("held/", held_views.held, name="held"),
    path("held/undo/<int:pk>", held_views.undo, name="held_undo"),
    path("held/<slug:cause>/", held_views.held_cause, name="held_cause"),
    path("held/<slug:cause>/<slug:act>", held_views.decide, name="held_decide"),
    path("reports/", report_views.refused, name="reports"),
    path("reports/again", report_views.again, name="reports_again"),
    path("review/", review_views.review, name="review"),
    path("review/<int:pk>/", review_views.finding, name="finding"),
    path("review/<int:pk>/decide", review_views.decide, name="finding_decide"),
    path("review/<int:pk>/<int:frame>/<slug:side>", review_views.picture, name="finding_picture"),
    path("review/sample/", sample_views.sample, name="sample"),
    path("review/sample/settings", sample_views.settings, name="sample_settings"),
    path("review/sample/<int:pk>/", sample_views.sampled, name="sampled"),
    path("review/sample/<int:pk>/judge", sample_views.judge, name="sampled_judge"),
    path("review/sample/<int:pk>/<int:image>/<int:frame>/<slug:side>", sample_views.picture, name="sampled_picture"),
    path("review/rules/", rule_views.rules, name="rules"),
    path("review/rules/file", rule_views.export, name="rules_export"),
    path("review/rules/take", rule_views.take, name="rules_take"),
    path("review/rules/<int:pk>/", rule_views.rule, name="rule"),
    path("review/rules/<int:pk>/confirm", rule_views.confirm, name="rule_confirm"),
    path("review/rules/<int:pk>/refuse", rule_views.refuse, name="rule_refuse"),
    path("review/rules/<int:pk>/retire", rule_views.retire, name="rule_retire"),
    path("faces/<int:pk>/", face_views.heads, name="faces"),
    path("faces/<int:pk>/<int:series>", face_views.picture, name="face_picture"),
    path("what-was-done/<slug:slug>/", account_views.what_was_done, name="account"),
    path("what-was-done/<slug:slug>/file", account_views.download, name="account_file"),
    path("opt-out/", opt_out_views.opt_outs, name="opt_out"),
    path("opt-out/ask", opt_out_views.ask, name="opt_out_ask"),
    path("opt-out/take", opt_out_views.take, name="opt_out_take"),
    path("times/", times_views.times, name="times"),
    path("profiles/", profile_views.profiles, name="profiles"),
    path("profiles/<slug:name>", profile_views.newest, name="profile_newest"),
    path("profiles/<slug:name>/<int:version>/", profile_views.profile, name="profile"),
    path("profiles/<slug:name>/<int:version>/objects", profile_views.objects, name="objects"),
    path("profiles/<slug:name>/<int:version>/from/<slug:old>/<int:was>", profile_views.changed, name="difference"),
    path("profiles/<slug:name>/<int:version>/try", try_views.scans, name="try"),
    path("profiles/<slug:name>/<int:version>/try/<int:pk>", try_views.tried, name="tried"),
]
