"""A real Chromium for tests; a page that breaks its own content security policy fails the test that met it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from support.data import ROOT
from support.peers import chromium

AXE = ROOT / "build/axe/axe.min.js"
ARGS = [
    "--no-sandbox",
    # Pages are put together without the made-up GPU, a third of a page's work; the viewer's WebGL still has it.
    "--disable-gpu-compositing",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
]
# WCAG 2.2 AA, what the NHS service manual asks for.
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_LISTEN = """
document.addEventListener('securitypolicyviolation', (event) =>
  console.error(`securitypolicyviolation: ${event.effectiveDirective} ${event.blockedURI} on ${location.pathname}`));
"""
_SIGNS = ("securitypolicyviolation", "Content Security Policy", "Content-Security-Policy")


class Violations(list[str]):
    """What pages of one context said against their own policy."""

    def hear(self, message: ConsoleMessage) -> None:
        """Keep a console message that is about the policy."""
        if any(sign in message.text for sign in _SIGNS):
            self.append(message.text)


@contextmanager
def launched() -> Iterator[Browser]:
    """The machine's Chromium, headless, closed at the end."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def watched(browser: Browser, **options: Any) -> Iterator[BrowserContext]:
    """A fresh context (own cookies) with British settings; AssertionError at its end on any policy violation."""
    context = browser.new_context(locale="en-GB", timezone_id="Europe/London", **options)
    context.set_default_timeout(15_000)
    heard = Violations()
    context.on("console", heard.hear)
    # Workers and frames of every page run this before the page's own scripts.
    context.add_init_script(_LISTEN)
    try:
        yield context
    finally:
        context.close()
    assert not heard, "content security policy violated:\n" + "\n".join(sorted(set(heard)))


def sign_in(context: BrowserContext, side: str, name: str) -> Page:
    """A page of one side of the demonstration, signed in as the made-up person of this name."""
    page = context.new_page()
    page.goto(side)
    page.get_by_role("button", name=f"Be {name}").click()
    page.get_by_role("heading", level=1).wait_for()
    return page


def at(page: Page, address: str) -> None:
    """Open an address; AssertionError unless it answers 200 with an accessible page."""
    answer = page.goto(address)
    assert answer is not None, address
    assert answer.status == 200, (answer.status, address)
    assert axe(page) == [], address


def met(page: Page, heading: str | re.Pattern[str]) -> None:
    """Wait for the page of this main heading, which something pressed leads to; it must be accessible."""
    page.get_by_role("heading", level=1, name=heading).wait_for()
    assert axe(page) == [], (heading, page.url)


def axe(page: Page, *, exclude: tuple[str, ...] = ()) -> list[str]:
    """Accessibility violations of the page as it stands, one line each: rule, impact, help, first place.

    The source of axe is evaluated by the debugger, so the page's policy stays as strict as it is for everybody.
    """
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate(
        "([tags, exclude]) => axe.run(exclude.length ? {exclude: exclude.map((s) => [s])} : document,"
        " {runOnly: {type: 'tag', values: tags}, resultTypes: ['violations']})",
        [AXE_TAGS, list(exclude)],
    )
    rules = found["violations"]
    return [f"{rule['id']} ({rule['impact']}): {rule['help']}: {rule['nodes'][0]['html'][:200]}" for rule in rules]
