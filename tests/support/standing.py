"""What every page must stand up to in a browser: axe, the keyboard alone, a window of 320 pixels."""

from __future__ import annotations

import time

from playwright.sync_api import Page

from support.browser import axe

# Marks the controls in the order of the page, and notes which one the keyboard reaches, and whether it shows that.
_WATCH = """() => {
  const look = (element) => {
    const label = element.id && document.querySelector(`label[for="${element.id}"]`);
    const seen = [[element, ''], [element, '::before'], [element, '::after'], [label, '::before'], [label, '']];
    if (element.firstElementChild) seen.push([element.firstElementChild, '']);
    return seen.filter(([one]) => one).map(([one, part]) => {
      const style = getComputedStyle(one, part || null);
      return ['outlineStyle', 'outlineWidth', 'outlineColor', 'boxShadow', 'backgroundColor', 'borderTopColor',
        'borderBottomWidth', 'textDecorationLine', 'stroke', 'position', 'clipPath', 'width'].map((n) => style[n]);
    }).join('|');
  };
  const there = (element) => element.getClientRects().length && !element.disabled && element.tabIndex >= 0
    && getComputedStyle(element).visibility !== 'hidden' && !(element.type === 'radio' && !first(element));
  const first = (radio) => {
    const group = [...document.querySelectorAll('input[type=radio]')].filter((r) => r.name === radio.name);
    return radio === (group.find((r) => r.checked) || group.find((r) => !r.disabled));
  };
  const all = [...document.querySelectorAll(
    'a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]')].filter(there);
  const before = new Map(all.map((element) => [element, look(element)]));
  window.keyboardWalk = { all, reached: [], unseen: [] };
  document.addEventListener('focusin', ({ target }) => {
    if (!before.has(target)) return;
    window.keyboardWalk.reached.push(all.indexOf(target));
    if (look(target) === before.get(target)) window.keyboardWalk.unseen.push(target.outerHTML.slice(0, 120));
  });
  return all.length;
}"""
_WALKED = """() => {
  const { all, reached, unseen } = window.keyboardWalk;
  const missed = all.filter((_, at) => !reached.includes(at)).map((element) => element.outerHTML.slice(0, 120));
  const firsts = [...new Set(reached)];
  const back = firsts.filter((at, n) => n && at < firsts[n - 1]);
  // A page may put the focus somewhere itself, on what is wrong with a form: then the walk goes once around.
  const around = back.length === 1 && firsts.at(-1) < firsts[0];
  const jumps = around ? [] : back.map((at) => all[at].outerHTML.slice(0, 120));
  return [...missed.map((m) => `not reached by keyboard: ${m}`), ...unseen.map((u) => `focus not seen: ${u}`),
    ...jumps.map((j) => `reached out of order: ${j}`)];
}"""
_MISSED = "not reached by keyboard"
SPARE = 6
NARROW, WIDE = {"width": 320, "height": 640}, {"width": 1280, "height": 800}


def faults(page: Page) -> list[str]:
    """What is wrong with the page as it stands: accessibility, keyboard, and the width of a small telephone."""
    found = [*axe(page), *keyboard(page)]
    page.set_viewport_size(NARROW)
    if (wide := _width(page)) > NARROW["width"]:
        found.append(f"{wide} px wide where {NARROW['width']} are there")
    page.set_viewport_size(WIDE)
    return found


def fits(page: Page) -> None:
    """No accessibility violation, and nothing beyond a narrow screen."""
    assert axe(page) == [], page.url
    page.set_viewport_size(NARROW)
    assert _width(page) <= NARROW["width"], page.url
    page.set_viewport_size(WIDE)


def keyboard(page: Page) -> list[str]:
    """Controls that Tab does not reach, in the order of the page and with a focus that is seen."""
    # A header that unfolds late, or a table that scrolls, is a stop more than were counted; going round does no harm.
    count = page.evaluate(_WATCH) + SPARE
    for _ in range(2):  # a busy machine unfolds the header so late that a second time round is needed
        for _ in range(count):
            page.keyboard.press("Tab")
        walked: list[str] = page.evaluate(_WALKED)
        if not any(one.startswith(_MISSED) for one in walked):
            break
    return walked


def _width(page: Page) -> int:
    """Width of the page's content in px, once the header has folded its menu away (it does so after the resize)."""
    # Asked from here: a condition that waits in the page is evaluated there, which the page's policy forbids.
    limit = time.monotonic() + 3
    while (width := int(page.evaluate("document.documentElement.scrollWidth"))) > 320 and time.monotonic() < limit:
        page.wait_for_timeout(50)
    return width
