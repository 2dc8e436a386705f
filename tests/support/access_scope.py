"""By what each address behind a guard is scoped, or why it is not. An address that is not here fails the matrix."""

from __future__ import annotations

BOTH, STUDY, OWN = ("research study", "site"), ("research study",), ("person",)
PART = ("research study", "site of what is in it")
_SCAN = "/dicomweb/studies/<str:study_uid>"
_SERIES = f"{_SCAN}/series/<str:series_uid>"
_IMAGE = f"{_SERIES}/instances/<str:object_uid>"
_FETCH = "/intake/fetching/"
_RULES, _SAMPLE = "/deid/review/rules/", "/deid/review/sample/"
_ONWARD = "/deid/onward/"
_PROFILE = "/deid/profiles/<slug:name>/<int:version>/"
_SELECTION = "/archive/selections/of/<str:name>/"
_STUDY = "/register/<slug:slug>"
_PERSON = "/accounts/people/<int:pk>/"
_CHARTERS = "/charters/<slug:slug>"
_AGREEMENT = "/agreements/<slug:slug>/<str:ods>"
_SUBJECT_ID = "/intake/enrolment/<int:pk>/subject-id/"
_LISTED = "/intake/enrolment/accessions/"
_API = "/api/v1"
_API_CHARTERS = f"{_API}/charters/<slug:slug>"
_API_STUDY = f"{_API}/research-studies/<slug:slug>"  # on either side; on the hospital side it names no site
_API_SELECTION = f"{_API}/selections/<str:name>"

SCOPED: dict[tuple[str, ...], tuple[str, ...]] = {
    BOTH: (
        "/", "/scan/<str:key>/", "/search/",
        "/intake/arrivals/", "/intake/arrivals/unassigned/", "/intake/arrivals/unassigned/<int:pk>",
        "/intake/ledger/", "/intake/reconciliation/",
        "/intake/reconciliation/nights/", "/intake/reconciliation/nights/<int:pk>/",
        "/intake/reconciliation/nights/<int:pk>/pdf",
        "/intake/enrolment/", "/intake/enrolment/<int:pk>", "/intake/visits/", f"{_API}/visits",
        "/intake/enrolment/<int:pk>/withdraw", "/intake/enrolment/<int:pk>/withdraw/undo",
        "/intake/enrolment/<int:pk>/check", "/intake/enrolment/subject-ids/", _SUBJECT_ID, f"{_SUBJECT_ID}give",
        f"{_SUBJECT_ID}undo",
        _FETCH, f"{_FETCH}expected", f"{_FETCH}<int:pk>/", f"{_FETCH}<int:pk>/lines",
        f"{_FETCH}<int:pk>/lines/<int:line>",
        f"{_FETCH}<int:pk>/start", f"{_FETCH}<int:pk>/end", f"{_FETCH}<int:pk>/again",
        "/intake/numbers/", "/intake/numbers/<int:pk>/", "/intake/numbers/<int:pk>/undo",
        "/intake/recalls/", "/intake/recalls/scan/<int:pk>", "/intake/recalls/notes/",
        "/intake/recalls/notes/<int:pk>",
        "/deid/reports/", "/deid/reports/again", "/archive/ledger/", _ONWARD,
        "/deid/held/", "/deid/held/undo/<int:pk>", "/deid/held/<slug:cause>/", "/deid/held/<slug:cause>/<slug:act>",
        "/deid/review/", "/deid/review/<int:pk>/", "/deid/review/<int:pk>/decide",
        "/deid/review/<int:pk>/<int:frame>/<slug:side>",
        _SAMPLE, f"{_SAMPLE}<int:pk>/", f"{_SAMPLE}<int:pk>/judge",
        f"{_SAMPLE}<int:pk>/<int:image>/<int:frame>/<slug:side>",
        "/deid/faces/<int:pk>/", "/deid/faces/<int:pk>/<int:series>", f"{_PROFILE}try", f"{_PROFILE}try/<int:pk>",
        "/archive/", "/archive/<str:study_uid>", "/archive/<str:study_uid>/<str:series_uid>",
        "/archive/<str:study_uid>/<str:series_uid>/<str:object_uid>",
        "/archive/selections/", "/archive/selections/freeze", _SELECTION, f"{_SELECTION}images", f"{_SELECTION}end",
        f"{_SELECTION}act", f"{_SELECTION}reopen",
        "/dicomweb/studies", "/dicomweb/series", "/dicomweb/instances", _SCAN, f"{_SCAN}/metadata", f"{_SCAN}/series",
        f"{_SCAN}/instances", f"{_SCAN}/rendered", f"{_SCAN}/thumbnail", _SERIES, f"{_SERIES}/metadata",
        f"{_SERIES}/instances", f"{_SERIES}/rendered", f"{_SERIES}/thumbnail", _IMAGE, f"{_IMAGE}/metadata",
        f"{_IMAGE}/frames/<str:numbers>", f"{_IMAGE}/bulkdata/<path:path>", f"{_IMAGE}/rendered",
        f"{_IMAGE}/thumbnail", f"{_IMAGE}/frames/<str:number>/rendered", f"{_IMAGE}/frames/<str:number>/thumbnail",
        "/register/", "/agreements/", f"{_API}/agreements",
        f"{_API}/arrivals", f"{_API}/ledger", f"{_API}/enrolments", f"{_API}/held", f"{_API}/held/<slug:cause>",
        f"{_API}/copies",
        f"{_API}/fetches", f"{_API}/fetches/<str:key>",
        f"{_API}/fetches/<str:key>/series",
        f"{_API}/scans", f"{_API}/scans/<str:study_uid>", f"{_API}/selections", _API_SELECTION,
        f"{_API_SELECTION}/images",
    ),
    PART: (
        f"{_API_STUDY}/subjects", f"{_API_STUDY}/imaging", f"{_API}/agreements/<slug:slug>/<str:organisation>",
        _AGREEMENT, f"{_AGREEMENT}/edit/<slug:topic>", f"{_AGREEMENT}/confirm/<int:number>/<int:edits>",
        f"{_AGREEMENT}/discard", f"{_AGREEMENT}/restore/<int:number>", f"{_AGREEMENT}/end", f"{_AGREEMENT}/reopen",
        _STUDY, f"{_STUDY}/edit/<slug:topic>", f"{_STUDY}/sites", f"{_STUDY}/sites/add",
        f"{_STUDY}/sites/<str:ods>", f"{_STUDY}/scanners", f"{_STUDY}/planned-events", f"{_STUDY}/planned-events/add",
        f"{_STUDY}/planned-events/<str:event_id>", f"{_STUDY}/planned-events/<str:event_id>/remove",
        f"{_STUDY}/subjects", f"{_STUDY}/subjects/<str:pseudonym>", f"{_STUDY}/imaging",
        f"{_STUDY}/imaging/unmatched",
        f"{_STUDY}/imaging/matched", f"{_STUDY}/imaging/matched/<str:study_uid>/<str:event_id>",
        f"{_STUDY}/imaging/unmatched/<str:study_uid>", f"{_STUDY}/times",
    ),
    STUDY: (
        "/charters/", _CHARTERS, f"{_CHARTERS}/upload", f"{_CHARTERS}/<int:number>", f"{_CHARTERS}/<int:number>/file",
        f"{_CHARTERS}/<int:number>/publish", f"{_CHARTERS}/<int:number>/from/<int:old>",
        f"{_API}/charters", _API_CHARTERS, f"{_API_CHARTERS}/<int:number>",
        f"{_API}/research-studies", _API_STUDY,
        "/intake/research-studies/", "/intake/research-studies/<slug:slug>/",
        "/intake/research-studies/<slug:slug>/accept", "/intake/enrolment/add", "/intake/enrolment/list",
        f"{_FETCH}add", f"{_LISTED}", f"{_LISTED}add", f"{_LISTED}remove", f"{_LISTED}only", f"{_API}/accessions",
        # No scan came of who may be corrected or removed, so they are of no site.
        "/intake/enrolment/<int:pk>/correct", "/intake/enrolment/<int:pk>/remove", "/intake/enrolment/undo/<int:pk>",
        "/deid/what-was-done/<slug:slug>/", "/deid/what-was-done/<slug:slug>/file",
        f"{_ONWARD}of/<slug:slug>/", f"{_ONWARD}of/<slug:slug>/add", f"{_ONWARD}<int:pk>/",
        f"{_ONWARD}<int:pk>/confirm", f"{_ONWARD}<int:pk>/refuse", f"{_ONWARD}<int:pk>/end", f"{_ONWARD}<int:pk>/test",
        # Of its copies those of one's own site are shown, and no others are certified.
        f"{_ONWARD}<int:pk>/again", f"{_ONWARD}<int:pk>/deleted",
    ),
    OWN: ("/accounts/tokens/", "/accounts/tokens/<int:pk>/", "/accounts/tokens/<int:pk>/revoke/"),
}  # fmt: skip
"""What must cover an object for it to be there at all: whoever acts for another is answered as if it were not."""

UNSCOPED: dict[str, tuple[str, ...]] = {
    "a PACS belongs to the side; none names a scan": (
        f"{_FETCH}pacs/", f"{_FETCH}pacs/add", f"{_FETCH}pacs/<int:pk>", f"{_FETCH}pacs/<int:pk>/pause",
    ),
    "what is said of numbers opens no question to who may not see the people it is about": ("/intake/numbers/say",),
    "what this system speaks and how it is reached; none names a scan": (
        "/intake/conformance/", "/intake/conformance/pdf", "/intake/for-the-pacs-manager/",
        "/intake/for-the-pacs-manager/pdf", "/archive/conformance/", "/archive/conformance/pdf",
    ),
    "senders belong to the side; none names a scan": (
        "/intake/senders/", "/intake/senders/add", "/intake/senders/withdraw", "/intake/senders/<int:pk>",
        "/intake/senders/refused/", "/intake/senders/refused/clear", "/intake/senders/refused/<int:pk>/admit",
        "/intake/senders/objects/", "/intake/senders/objects/clear",
    ),
    "a rule holds for every research study and site": (
        _RULES, f"{_RULES}file", f"{_RULES}take", f"{_RULES}<int:pk>/", f"{_RULES}<int:pk>/confirm",
        f"{_RULES}<int:pk>/refuse", f"{_RULES}<int:pk>/retire",
    ),
    "a setting of the side": ("/agreements/required", "/deid/times/", f"{_SAMPLE}settings"),
    "counts of the side; who acts for a part of it takes no list out or in (test_deid_opt_out)": (
        "/deid/opt-out/", "/deid/opt-out/ask", "/deid/opt-out/take",
    ),
    "profiles are the same for everybody": (
        "/deid/profiles/", "/deid/profiles/<slug:name>", _PROFILE, f"{_PROFILE}objects",
        f"{_PROFILE}from/<slug:old>/<int:was>",
    ),
    "makes a new one, which is then its maker's": ("/register/new", "/accounts/tokens/make/"),
    "the reference book of sites and scanners is the same for everybody": (
        "/network/", "/network/sites/add", "/network/sites/<str:ods>", "/network/sites/<str:ods>/edit",
        "/network/scanners/", "/network/scanners/add", "/network/scanners/<str:code>",
        "/network/scanners/<str:code>/edit", f"{_API}/sites", f"{_API}/scanners",
    ),
    "people of the side, whoever they act for": (
        "/accounts/people/", "/accounts/people/add/", _PERSON, f"{_PERSON}edit/", f"{_PERSON}role/",
        f"{_PERSON}role/<int:assignment>/end/", f"{_PERSON}act/<str:act>/",
    ),
    "gateways of the side": (
        "/accounts/gateways/", "/accounts/gateways/invite/", "/accounts/gateways/<str:name>/",
        "/accounts/gateways/<str:name>/revoke/",
    ),
    "one's own account": (
        "/accounts/reauthenticate/", "/accounts/password/change/", "/accounts/provider/again/", "/accounts/2fa/",
        "/accounts/2fa/reauthenticate/", "/accounts/2fa/totp/activate/", "/accounts/2fa/totp/deactivate/",
        "/accounts/2fa/recovery-codes/", "/accounts/2fa/recovery-codes/generate/",
        "/accounts/2fa/recovery-codes/download/", "/accounts/role/", "/accounts/profile/", "/accounts/profile/edit/",
        "/accounts/profile/sign-out-everywhere/", "/accounts/selection/leave/",
    ),
    "the audit trail is read whole: a part of it could hide a change": ("/audit/",),
    "counts of the side": ("/status/", "/status/support/", f"{_API}/status"),
    "messages between parts of the side, of which the page says kind and time alone": (
        "/status/set-aside/", "/status/set-aside/retry", "/status/set-aside/drop",
    ),
    "code, the same for everybody; its images come by DICOMweb": ("/viewer",),
}  # fmt: skip


def scope_of(pattern: str) -> str:
    """`by research study and site`, `by none: why`; empty where nobody has said."""
    for by, patterns in SCOPED.items():
        if pattern in patterns:
            return f"by {' and '.join(by)}"
    return next((f"by none: {why}" for why, patterns in UNSCOPED.items() if pattern in patterns), "")


def dimensions(pattern: str) -> tuple[str, ...]:
    """What an address is scoped by."""
    return next((by for by, patterns in SCOPED.items() if pattern in patterns), ())
