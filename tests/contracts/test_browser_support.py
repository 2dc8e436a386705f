"""The browser fixture itself: it hears a broken policy, and axe runs on pages whose policy allows no script of ours."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from support import browser, standing
from support.data import ROOT

pytestmark = pytest.mark.peers("chromium")

GOOD = "<!doctype html><html lang=en><head><title>A page</title></head><body><main><h1>Scans</h1></main></body></html>"
BROKEN = GOOD.replace("<h1>", "<script>window.ran = 1</script><h1>")
UNLABELLED = GOOD.replace("</main>", "<input type=text></main>")
CARDS = GOOD.replace(
    "</main>",
    "<form action=/good><button>Adaeze, radiographer</button></form>"
    "<form action=/good?b><button>Tom, auditor</button></form></main>",
)
LINKS = "<p><a href=/good>One</a> <a href=/good?2 {}>Two</a> <button>Three</button></p></main>"
SCRIPT = "<link rel=stylesheet href=/sheet.css><script src=/trap.js defer></script></head>"
KEYS = {
    "/fine": GOOD.replace("</main>", LINKS.format("")),
    "/unseen": GOOD.replace("</head>", SCRIPT).replace("</main>", LINKS.format("class=unseen")),
    "/trapped": GOOD.replace("</head>", SCRIPT).replace("</main>", LINKS.format("id=trap")),
    "/jumping": GOOD.replace("</main>", LINKS.format("tabindex=5")),
    "/wide": GOOD.replace("</head>", SCRIPT).replace("<h1>", "<h1 class=wide>"),
}
FILES = {
    "/sheet.css": ".unseen:focus { outline: none } .wide { width: 600px }",
    "/trap.js": "document.getElementById('trap')?.addEventListener('keydown', (event) => event.preventDefault());",
}
PAGES = {**KEYS, "/good": GOOD, "/broken": BROKEN, "/unlabelled": UNLABELLED, "/cards": CARDS}


class Pages(BaseHTTPRequestHandler):
    """Serves PAGES under a policy that allows nothing inline."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        body = {**PAGES, **FILES}.get(path, "").encode()
        kind = {"css": "text/css", "js": "text/javascript"}.get(path.rpartition(".")[2], "text/html; charset=utf-8")
        self.send_response(200 if body else 404)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Security-Policy", "default-src 'self'")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=functools.partial(server.serve_forever, poll_interval=0.05))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_clean_page_passes(chromium, site: str) -> None:
    with browser.watched(chromium) as context:
        page = context.new_page()
        page.goto(f"{site}/good")
        assert browser.axe(page) == []
        assert page.title() == "A page"


def test_a_policy_violation_fails_the_test_that_met_it(chromium, site: str) -> None:
    def meet() -> None:
        with browser.watched(chromium) as context:
            page = context.new_page()
            page.goto(f"{site}/broken")
            assert page.evaluate("window.ran") is None

    with pytest.raises(AssertionError, match="securitypolicyviolation: script-src"):
        meet()


def test_axe_finds_an_input_without_a_label(chromium, site: str) -> None:
    with browser.watched(chromium) as context:
        page = context.new_page()
        page.goto(f"{site}/unlabelled")
        found = browser.axe(page)
    assert [line.split(" ")[0] for line in found] == ["label"]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/fine", ""), ("/unseen", "focus not seen: <a href"), ("/trapped", "not reached by keyboard: <button"),
        ("/jumping", "reached out of order: <a href"), ("/wide", "px wide where 320 are there"),
    ],
)  # fmt: skip
def test_what_a_page_does_not_stand_up_to_is_found(chromium, site: str, path: str, said: str) -> None:
    with browser.watched(chromium) as context:
        page = context.new_page()
        page.goto(f"{site}{path}")
        found = standing.faults(page)
    assert any(said in one for one in found) if said else found == [], found


def test_every_person_on_a_card_is_photographed(chromium, site: str, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    import screenshots

    monkeypatch.setattr(screenshots, "PAGES", ())  # those of the demonstration, whose people are not here
    taken = screenshots.photograph(chromium, f"{site}/cards", tmp_path, "national")
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "national-home-01-adaeze-radiographer.png",
        "national-home-02-tom-auditor.png",
        "national-start-narrow.png",
        "national-start-wide.png",
    ]
    assert all(path.stat().st_size > 1000 for path in taken)
