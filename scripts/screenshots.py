"""Starts the demonstration in a folder of its own and photographs what people meet, into screenshots/.

    python scripts/screenshots.py [--site ADDRESS ...] [--out FOLDER]

With --site nothing is started: the pages under these addresses are photographed.
"""

from __future__ import annotations

import argparse
import itertools
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
READY_SECONDS = 600
AT_WORK_SECONDS = 60
WIDTHS = {"wide": (1280, 900), "narrow": (320, 640)}
# On the start page of a demonstration, each card is a form that signs one made-up person in.
CARD = "main form button"

# Pages that documents show: side, what stands on the person's card, address (and, after ">", what stands on the link to
# follow from there), file.
PAGES = (
    ("hospital", "Dev", "/deid/profiles/trial-ct-mr/1/?group=device", "profile"),
    ("hospital", "Dev", "/deid/profiles/trial-ct-mr/1/try", "profile-try"),
    ("national", "Ines", "/charters/onco-ct/1", "trials"),
    ("hospital", "Leila", "/deid/review/?cause=ultrasound > NORTHSONO", "review"),
)


def wait_until_ready(site: str, process: subprocess.Popen[bytes]) -> None:
    """Return when /readyz of the site answers 200; SystemExit when the process ends or the time is over."""
    deadline = time.monotonic() + READY_SECONDS
    last = "no answer"
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"screenshots: the demonstration ended with code {process.returncode}")
        try:
            with urllib.request.urlopen(f"{site}/readyz", timeout=5):
                return
        except urllib.error.HTTPError as error:
            last = error.read(200).decode(errors="replace")
        except OSError as error:
            last = str(error)
        time.sleep(0.5)
    raise SystemExit(f"screenshots: {site} was not ready after {READY_SECONDS} s: {last}")


@contextmanager
def demonstration(ports: list[int]) -> Iterator[list[str]]:
    """Both sides on these ports (http, the next one, DICOM), gone at the end; yields the two addresses."""
    with tempfile.TemporaryDirectory() as home:
        environment = {**os.environ, "ISOCENTRE_HOME": home}
        command = [str(Path(sys.executable).parent / "isocentre"), "up", "--demo"]
        options = ["--http", str(ports[0]), "--dicom", str(ports[2])]
        process = subprocess.Popen([*command, *options], cwd=ROOT, env=environment)
        sites = [f"http://127.0.0.1:{port}" for port in ports[:2]]
        try:
            for site in sites:
                wait_until_ready(site, process)
            yield sites
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=60)


def photograph(browser: Any, site: str, out: Path, name: str) -> list[Path]:
    """Photograph the start page at both widths, then the home of each person on a card; the files written."""
    from support.browser import watched

    taken: list[Path] = []
    people: list[str] = []
    for width, (across, down) in WIDTHS.items():
        with watched(browser, viewport={"width": across, "height": down}) as context:
            page = context.new_page()
            page.goto(site)
            people = page.locator(CARD).all_inner_texts()
            taken.append(out / f"{name}-start-{width}.png")
            page.screenshot(path=taken[-1], full_page=True)
    for index, person in enumerate(people):
        with watched(browser, viewport={"width": 1280, "height": 900}) as context:
            page = context.new_page()
            page.goto(site)
            page.locator(CARD).nth(index).click()
            page.wait_for_load_state()
            slug = re.sub(r"[^a-z0-9]+", "-", person.lower()).strip("-")[:40]
            taken.append(out / f"{name}-home-{index + 1:02d}-{slug}.png")
            page.screenshot(path=taken[-1], full_page=True)
    return taken + [_page(browser, site, who, address, out / f"{file}.png") for side, who, address, file in PAGES
                    if side == name]  # fmt: skip


def _page(browser: Any, site: str, who: str, address: str, path: Path) -> Path:
    """Photograph the top of one page as one person sees it."""
    from support.browser import watched

    with watched(browser, viewport={"width": 1280, "height": 1400}) as context:
        page = context.new_page()
        page.goto(site)
        page.locator(CARD).filter(has_text=who).click()
        page.wait_for_load_state()
        start, _, link = address.partition(" > ")
        page.goto(f"{site}{start}")
        if link:
            page.locator("main").get_by_role("link", name=link).first.click()
            page.wait_for_load_state()
        for _ in range(AT_WORK_SECONDS):
            if not page.locator("main [role=status]").count():
                break
            page.wait_for_timeout(1000)  # a worker is still at what the page shows
            page.reload()
        page.screenshot(path=path)
    return path


def main(arguments: list[str]) -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="screenshots", description=__doc__)
    parser.add_argument("--site", action="append", default=[], help="photograph this address and start nothing")
    parser.add_argument("--out", type=Path, default=ROOT / "screenshots")
    options = parser.parse_args(arguments)
    sys.path.insert(0, str(ROOT / "tests"))
    from support import browser, peers

    if peers.chromium() is None:
        print("screenshots: there is no Chromium on this machine (`make peers` installs it)", file=sys.stderr)
        return 1
    options.out.mkdir(parents=True, exist_ok=True)
    with browser.launched() as launched:
        if options.site:
            shots = [photograph(launched, site, options.out, f"site-{n}") for n, site in enumerate(options.site, 1)]
        else:
            http, dicom = peers.free_ports(2), peers.free_port()
            with demonstration([*http, dicom]) as sites:
                names = ("national", "hospital")
                shots = [photograph(launched, site, options.out, n) for site, n in zip(sites, names, strict=True)]
    for path in itertools.chain.from_iterable(shots):
        print(path.relative_to(ROOT) if path.is_relative_to(ROOT) else path)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
