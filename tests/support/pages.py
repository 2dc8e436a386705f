"""Every page of both sides that a browser meets (axe, keyboard, 320 pixels, policy), and why the other addresses are none."""  # noqa: E501 - one sentence

from __future__ import annotations

_PERSON = "/accounts/people/<int:pk>/"
_PROFILE = "/deid/profiles/<slug:name>/<int:version>/"
_SELECTION = "/archive/selections/of/<str:name>/"
_STUDY = "/register/<slug:slug>"
_CHARTERS = "/charters/<slug:slug>"
_AGREEMENT = "/agreements/<slug:slug>/<str:ods>"
_SUBJECT_ID = "/intake/enrolment/<int:pk>/subject-id/"
_FETCH, _LISTED = "/intake/fetching/", "/intake/enrolment/accessions/"
_SENDERS, _RULES, _SAMPLE = "/intake/senders/", "/deid/review/rules/", "/deid/review/sample/"
_ONWARD = "/deid/onward/"

HOSPITAL = (
    "/", "/scan/<str:key>/", "/search/", "/status/", "/audit/", "/accounts/profile/", "/accounts/tokens/",
    "/accounts/people/", _PERSON, "/help/<slug:topic>",
    "/intake/arrivals/", "/intake/arrivals/unassigned/", "/intake/arrivals/unassigned/<int:pk>",
    _LISTED, f"{_LISTED}add", f"{_LISTED}only", "/intake/ledger/", "/intake/reconciliation/", "/intake/visits/",
    "/intake/conformance/", "/intake/for-the-pacs-manager/", "/status/support/",
    "/intake/reconciliation/nights/", "/intake/reconciliation/nights/<int:pk>/",
    "/intake/enrolment/", "/intake/enrolment/add", "/intake/enrolment/list",
    "/intake/enrolment/<int:pk>", "/intake/enrolment/<int:pk>/withdraw", "/intake/enrolment/<int:pk>/withdraw/undo",
    "/intake/enrolment/<int:pk>/correct", "/intake/enrolment/<int:pk>/check",
    "/intake/enrolment/subject-ids/", _SUBJECT_ID, f"{_SUBJECT_ID}give", f"{_SUBJECT_ID}undo",
    "/intake/enrolment/<int:pk>/remove", "/deid/reports/", "/status/set-aside/",
    "/intake/research-studies/", "/intake/research-studies/<slug:slug>/",
    "/intake/numbers/", "/intake/numbers/say", "/intake/numbers/<int:pk>/",
    "/intake/recalls/", "/intake/recalls/scan/<int:pk>", "/intake/recalls/notes/", "/intake/recalls/notes/<int:pk>",
    _SENDERS, f"{_SENDERS}add", f"{_SENDERS}<int:pk>", f"{_SENDERS}refused/", f"{_SENDERS}refused/<int:pk>/admit",
    f"{_SENDERS}objects/",
    _FETCH, f"{_FETCH}add", f"{_FETCH}expected", f"{_FETCH}<int:pk>/", f"{_FETCH}<int:pk>/lines",
    f"{_FETCH}<int:pk>/lines/<int:line>",
    f"{_FETCH}pacs/", f"{_FETCH}pacs/add", f"{_FETCH}pacs/<int:pk>",
    "/deid/held/", "/deid/held/<slug:cause>/", "/deid/review/", "/deid/review/<int:pk>/", _RULES, f"{_RULES}<int:pk>/",
    _SAMPLE, f"{_SAMPLE}<int:pk>/", f"{_SAMPLE}settings", "/deid/faces/<int:pk>/",
    _ONWARD, f"{_ONWARD}of/<slug:slug>/", f"{_ONWARD}of/<slug:slug>/add", f"{_ONWARD}<int:pk>/",
    f"{_ONWARD}<int:pk>/deleted",
    "/deid/what-was-done/<slug:slug>/", "/deid/opt-out/", "/deid/times/", "/deid/profiles/", _PROFILE,
    f"{_PROFILE}objects", f"{_PROFILE}try", f"{_PROFILE}try/<int:pk>", f"{_PROFILE}from/<slug:old>/<int:was>",
)  # fmt: skip
NATIONAL = (
    "/", "/scan/<str:key>/", "/search/", "/status/", "/audit/",
    "/archive/ledger/", "/archive/conformance/", "/status/set-aside/", f"{_STUDY}/imaging/matched",
    f"{_STUDY}/imaging/matched/<str:study_uid>/<str:event_id>", f"{_STUDY}/planned-events/<str:event_id>/remove",
    "/archive/", "/archive/<str:study_uid>", "/archive/<str:study_uid>/<str:series_uid>",
    "/archive/<str:study_uid>/<str:series_uid>/<str:object_uid>", "/archive/selections/", "/archive/selections/freeze",
    _SELECTION, f"{_SELECTION}images", f"{_SELECTION}end",
    "/register/", "/register/new", _STUDY, f"{_STUDY}/edit/<slug:topic>", f"{_STUDY}/sites", f"{_STUDY}/sites/add",
    f"{_STUDY}/sites/<str:ods>", f"{_STUDY}/scanners", f"{_STUDY}/planned-events", f"{_STUDY}/planned-events/add",
    f"{_STUDY}/planned-events/<str:event_id>", f"{_STUDY}/subjects", f"{_STUDY}/subjects/<str:pseudonym>",
    f"{_STUDY}/imaging",
    f"{_STUDY}/imaging/unmatched", f"{_STUDY}/imaging/unmatched/<str:study_uid>", f"{_STUDY}/times",
    "/agreements/", "/agreements/required", _AGREEMENT, f"{_AGREEMENT}/edit/<slug:topic>",
    f"{_AGREEMENT}/confirm/<int:number>/<int:edits>", f"{_AGREEMENT}/discard", f"{_AGREEMENT}/end",
    "/charters/", _CHARTERS, f"{_CHARTERS}/upload", f"{_CHARTERS}/<int:number>",
    f"{_CHARTERS}/<int:number>/from/<int:old>",
    "/network/", "/network/sites/add", "/network/sites/<str:ods>", "/network/sites/<str:ods>/edit",
    "/network/scanners/", "/network/scanners/add", "/network/scanners/<str:code>", "/network/scanners/<str:code>/edit",
    "/accounts/profile/", "/accounts/profile/edit/", "/accounts/people/", "/accounts/people/add/", _PERSON,
    f"{_PERSON}edit/", f"{_PERSON}role/", "/status/support/",
    "/accounts/tokens/", "/accounts/tokens/make/", "/accounts/tokens/<int:pk>/",
    "/accounts/gateways/", "/accounts/gateways/<str:name>/",
    "/accounts/gateways/invite/", "/accounts/password/change/",
    "/help/", "/help/keyboard", "/help/<slug:topic>",
)  # fmt: skip
AS = {"/accounts/tokens/<int:pk>/": "national_administrator"}
"""Pages that show another's things: as whom they are opened."""
SIGNED_OUT = ("/", "/accounts/login/", "/accounts/password/forgotten/", "/accounts/inactive/", "/help/<slug:topic>")
"""Met on the national side, as nobody."""
SECOND_STEP = (
    "/accounts/2fa/", "/accounts/2fa/totp/activate/", "/accounts/2fa/totp/deactivate/", "/accounts/2fa/recovery-codes/",
    "/accounts/2fa/recovery-codes/generate/", "/accounts/2fa/authenticate/", "/accounts/2fa/reauthenticate/",
    "/accounts/reauthenticate/", "/accounts/logout/", "/accounts/welcome/<str:uidb64>/<str:token>/",
)  # fmt: skip
"""Met on the way of signing in (test_national_pages)."""

ELSEWHERE = {
    "/accounts/first/<str:code>/": "tests/journeys/test_two_homes.py",
    "/viewer": "tests/journeys/test_spine.py",
    "/deid/held/<slug:cause>/<slug:act>": "tests/journeys/test_hospital_pages.py",
}
"""Pages met on a journey: where."""
NO_PAGE: dict[str, tuple[str, ...]] = {
    "acts, and leads to a page": (
        "/intake/research-studies/<slug:slug>/accept", f"{_SENDERS}withdraw", f"{_SENDERS}refused/clear",
        f"{_SENDERS}objects/clear", f"{_FETCH}<int:pk>/start", f"{_FETCH}<int:pk>/end", f"{_FETCH}<int:pk>/again",
        f"{_FETCH}pacs/<int:pk>/pause", "/deid/held/undo/<int:pk>", "/deid/review/<int:pk>/decide",
        f"{_SAMPLE}<int:pk>/judge", f"{_RULES}take", f"{_RULES}<int:pk>/confirm", f"{_RULES}<int:pk>/refuse",
        f"{_RULES}<int:pk>/retire", "/deid/opt-out/take", f"{_SELECTION}act", f"{_SELECTION}reopen",
        "/intake/enrolment/undo/<int:pk>", f"{_LISTED}remove", "/intake/numbers/<int:pk>/undo",
        f"{_ONWARD}<int:pk>/confirm", f"{_ONWARD}<int:pk>/refuse", f"{_ONWARD}<int:pk>/end",
        f"{_ONWARD}<int:pk>/test", f"{_ONWARD}<int:pk>/again",
        "/deid/reports/again", "/status/set-aside/retry", "/status/set-aside/drop",
        f"{_PERSON}role/<int:assignment>/end/",
        f"{_PERSON}act/<str:act>/", "/accounts/tokens/<int:pk>/revoke/", "/accounts/gateways/<str:name>/revoke/",
        f"{_CHARTERS}/<int:number>/publish", f"{_AGREEMENT}/restore/<int:number>", f"{_AGREEMENT}/reopen",
        "/accounts/role/", "/accounts/selection/leave/", "/accounts/profile/sign-out-everywhere/",
    ),
    "leads to a page": (
        "/deid/profiles/<slug:name>", "/accounts/provider/", "/accounts/provider/again/",
        "/accounts/provider/callback/",
    ),
    "a file": (
        "/intake/reconciliation/nights/<int:pk>/pdf", "/intake/conformance/pdf", "/intake/for-the-pacs-manager/pdf",
        "/archive/conformance/pdf",
        "/deid/opt-out/ask", f"{_RULES}file", f"{_CHARTERS}/<int:number>/file", "/deid/what-was-done/<slug:slug>/file",
        "/accounts/2fa/recovery-codes/download/", "/<path:name>", "/app-config.js",
    ),
    "a picture": (
        "/deid/review/<int:pk>/<int:frame>/<slug:side>", f"{_SAMPLE}<int:pk>/<int:image>/<int:frame>/<slug:side>",
        "/deid/faces/<int:pk>/<int:series>",
    ),
    "for machines": ("/healthz", "/readyz", "/metrics"),
}  # fmt: skip
MACHINES = ("/dicomweb/", "/api/v1/")
"""What begins so is for programs."""


def is_met(zone: str, pattern: str) -> bool:
    """Whether a browser meets the page, on this side or, where both sides share it, on the national one."""
    shared = ("/accounts/", "/help/")
    mine = HOSPITAL if zone == "gateway" else NATIONAL
    there = (*NATIONAL, *SIGNED_OUT, *SECOND_STEP) if zone == "platform" or pattern.startswith(shared) else ()
    return pattern in (*mine, *there, *ELSEWHERE)
