"""Unpacks the OHIF viewer as its makers packed it, less what it must not have, and lists what it asks for by address.

`allowlist.json` beside the unpacked files says, for the view that serves them:
  version               of the viewer
  files                 {path under the site root: SHA-256 of the file}: all that may be answered
  inline_script_hashes  CSP sources ('sha256-...') of the inline scripts of index.html, in order of appearance
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import tarfile
from pathlib import Path, PurePosixPath

VERSION = "3.13.2"
PACKAGE = f"@ohif/app@{VERSION}"
TARBALL = f"ohif-app-{VERSION}.tgz"
SHA512 = "WZdxmpmG7rqFgW9ZJLcbgr3XCtLi1KDNPoMaeY5PPe6j4G4fjEjjkycZM6C6Zk2F87BKxFfpq+jd5xXZB9E8EA=="
ALLOWLIST = "allowlist.json"
INDEX = "index.html"

# Left out: inference runtimes and source maps (size), the service worker (it would outlive a sign-out and keep pages),
# Google sign-in and the OIDC client (our session is the only one), and files that configure other people's web servers.
_LEFT_FOLDERS = ("ort", "customizations")
_LEFT_FILES = frozenset(
    {
        "sw.js",
        "init-service-worker.js",
        "google.js",
        "oidc-client.min.js",
        "silent-refresh.html",
        "_headers",
        "_redirects",
        "serve.json",
        "es6-shim.min.js",
        "polyfill.min.js",
        "app-config.js",  # ours is served in its place
    }
)
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_SERVICE_WORKER_TAG = re.compile(r"<script[^>]*init-service-worker\.js[^>]*></script>")


def verified(tarball: Path) -> bool:
    """True when the file is there and is the pinned one."""
    if not tarball.is_file():
        return False
    with tarball.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha512").digest()
    return base64.b64encode(digest).decode() == SHA512


def kept(path: PurePosixPath) -> bool:
    """Whether a file of the package's dist folder is served."""
    return path.suffix != ".map" and path.parts[0] not in _LEFT_FOLDERS and str(path) not in _LEFT_FILES


def inline_script_hashes(html: str) -> list[str]:
    """CSP source of every inline script, as the browser computes it (CSP Level 3, section 8.1)."""
    scripts = [body for body in _INLINE.findall(html) if body]
    return [f"'sha256-{base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()}'" for body in scripts]


def allowlist(folder: Path) -> dict[str, object]:
    """What may be answered from an unpacked viewer; index.html is a page of its own and not in it."""
    files = {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in (INDEX, ALLOWLIST) and path.parent.name != "licences"
    }
    html = (folder / INDEX).read_text(encoding="utf-8")
    return {
        "version": VERSION,
        "files": files,
        "inline_script_hashes": inline_script_hashes(html),
    }


def unpack(tarball: Path, target: Path) -> None:
    """Replace `target` by the viewer of a verified tarball, in one rename."""
    staging = target.with_name(target.name + ".new")
    shutil.rmtree(staging, ignore_errors=True)
    staging.mkdir(parents=True)
    with tarfile.open(tarball) as archive:
        for member in archive:
            path = PurePosixPath(member.name)
            if not member.isfile() or ".." in path.parts:
                continue
            if path == PurePosixPath("package/LICENSE"):
                out = staging / "licences/LICENSE"
            elif path.parts[:2] == ("package", "dist") and kept(path.relative_to("package/dist")):
                out = staging / path.relative_to("package/dist")
            else:
                continue
            out.parent.mkdir(parents=True, exist_ok=True)
            stream = archive.extractfile(member)
            if stream is not None:
                with out.open("wb") as sink:
                    shutil.copyfileobj(stream, sink, 1 << 20)
    index = staging / INDEX
    index.write_text(_SERVICE_WORKER_TAG.sub("", index.read_text(encoding="utf-8")), encoding="utf-8")
    (staging / ALLOWLIST).write_text(json.dumps(allowlist(staging), indent=1) + "\n", encoding="utf-8")
    shutil.rmtree(target, ignore_errors=True)
    staging.rename(target)
