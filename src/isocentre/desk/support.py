"""The support bundle of one side: what somebody far away needs to help, without any identifier or secret; audited."""

from __future__ import annotations

import contextlib
import io
import json
import os
import platform
import zipfile
from collections import Counter, deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Count
from django.utils import timezone

from isocentre.audit import door as audit
from isocentre.core.actor import Actor
from isocentre.core.trust.support import Redaction
from isocentre.desk import facts, hooks
from isocentre.desk.status import told as status_told
from isocentre.jobs import door as jobs
from isocentre.jobs.models import OutboxRow

LINES, MOST_BYTES = 2_000, 2 * 1024 * 1024
"""Of each log: last lines, and bytes from its end in which they are looked for."""
MOST_SECRET = 64 * 1024
SECRET_FILES = ("secret.key", "master.key", "gateway.key", "sign-in.json", "dicomweb.json", "platform.json")
SECRET_NAMES = ("TOKEN", "SECRET", "PASSWORD", "KEY", "DATABASE_URL", "MAIL")
PARTS = {
    "versions.json": "Versions of Isocentre, Python, the system and installed packages",
    "status.json": "Whether this side is ready, its processes, what waits, the disk",
    "doctor.json": "What isocentre doctor finds; only from the command line",
    "configuration.json": "Which settings are set and which ports are used; no value that may be a secret",
    "migrations.json": "Which changes of the database are applied",
    "jobs.json": "Messages between parts by kind and state",
    "rooms.json": "The ledger and whether it balances, and counts by cause; no scan and no person",
    "logs/": f"The last {LINES:,} lines of each log, as far as they are of the known form",
}
"""What a bundle holds: name, and what it is."""


class NotMade(RuntimeError):
    """The bundle cannot be made safely; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """`contents`: name, bytes, and how many values were removed, or lines not taken, of each part."""

    file: bytes
    contents: list[dict[str, Any]]


def make(*, by: Actor, more: Mapping[str, Any] | None = None) -> Bundle:
    """The bundle, and its audit row. `more`: further parts by name. NotMade where what is known of patients cannot be
    asked for: then nothing could be removed for certain."""
    known = hooks.ask("identifiers")
    if known.failed:
        raise NotMade(f"What is known of patients could not be asked of {', '.join(known.failed)}: see the log first.")
    redaction = Redaction(known.items, _secrets())
    parts, contents = {}, []
    for name, said in {**_parts(), **(more or {})}.items():
        before = redaction.removed
        parts[name] = json.dumps(redaction.data(said), indent=1, sort_keys=True)
        contents.append({"name": name, "bytes": len(parts[name].encode()), "removed": redaction.removed - before,
                         "not_taken": 0})  # fmt: skip
    for name, lines in _logs():
        before = redaction.removed
        kept, strange = redaction.log(lines)
        parts[name] = "\n".join(kept)
        contents.append({"name": name, "bytes": len(parts[name].encode()), "removed": redaction.removed - before,
                         "not_taken": strange})  # fmt: skip
    parts["contents.json"] = json.dumps(contents, indent=1)
    made = _zipped(parts)
    with transaction.atomic():
        detail = {"parts": len(contents), "removed": redaction.removed, "bytes": len(made)}
        audit.record(by=by, entries=[audit.Entry("support_bundle_made", "setting", "support", detail)])
    return Bundle(made, contents)


def _parts() -> dict[str, Any]:
    rooms = hooks.ask("support")
    kinds = OutboxRow.objects.order_by("event", "listener", "state").values_list("event", "listener", "state")
    events = [list(map(str, row)) for row in kinds.annotate(n=Count("pk"))]
    disk = facts.disk()
    return {
        "versions.json": {
            "python": platform.python_version(), "system": platform.system(), "machine": platform.machine(),
            "database": connection.vendor,
            "packages": {one.metadata["Name"]: one.version for one in distributions() if one.metadata["Name"]},
        },
        "status.json": status_told() | {"disk": {name: f"{size / 1e9:,.1f} GB" for name, size in disk.items()}},
        "configuration.json": {
            "zone": settings.ZONE, "demo": bool(settings.DEMO), "http_port": settings.HTTP_PORT,
            "dicom_port": settings.DICOM_PORT, "proxies": len(getattr(settings, "PROXIES", ())),
            "set": sorted(name for name in os.environ if name.startswith("ISOCENTRE_")),
            "files": sorted(one.name for one in Path(settings.ZONE_HOME).glob("*") if one.name in SECRET_FILES),
        },
        "migrations.json": sorted(f"{app} {name}" for app, name in MigrationRecorder(connection).applied_migrations()),
        "jobs.json": {"waits": jobs.backlog(), "events": events},
        "rooms.json": {**dict(rooms.items), "not_asked": rooms.failed},
    }  # fmt: skip


def _logs() -> Iterator[tuple[str, list[str]]]:
    """The end of each log of this side's processes; the first line may be cut, and is then not of the known form."""
    for path in sorted((Path(settings.ZONE_HOME) / "logs").glob("*.log")):
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - MOST_BYTES))
            lines = deque(file, LINES)
        yield f"logs/{path.name}", [one.decode("utf-8", "replace") for one in lines]


def _secrets() -> Iterator[str]:
    """Every secret in use that this process can name, and what stands in the files that hold one."""
    for one in _named():
        yield one
        with contextlib.suppress(OSError, ValueError):
            if one.startswith("/") and Path(one).stat().st_size <= MOST_SECRET:
                yield from (line.strip() for line in Path(one).read_text(encoding="utf-8").splitlines())


def _named() -> Iterator[str]:
    yield str(settings.SECRET_KEY)
    for one in (settings.DATABASES["default"].get("PASSWORD"), getattr(settings, "EMAIL_HOST_PASSWORD", "")):
        yield str(one or "")
    for name, value in os.environ.items():
        if any(word in name.upper() for word in SECRET_NAMES):
            yield from (value, *_password(value))
    for name in SECRET_FILES:
        path = Path(settings.ZONE_HOME) / name
        if path.is_file():
            text = path.read_bytes().decode("utf-8", "replace")
            yield from _strings(text) if name.endswith(".json") else text.splitlines()


def _password(url: str) -> Iterator[str]:
    """The password in an address, as it is written and as it is."""
    with contextlib.suppress(ValueError):
        if found := urlsplit(url).password:
            yield from (found, unquote(found))


def _strings(text: str) -> Iterator[str]:
    """Every text of a JSON file but addresses and names that are none's secret."""
    try:
        waiting = [json.loads(text)]
    except ValueError:
        return
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += [value for name, value in one.items() if name not in ("url", "name", "issuer", "match")]
        elif isinstance(one, str):
            yield one


def _zipped(parts: Mapping[str, str]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in parts.items():
            file.writestr(name, text)
    return held.getvalue()


def words(contents: list[dict[str, Any]]) -> list[str]:
    """The contents, a line each."""
    total = Counter[str]()
    for one in contents:
        total.update({key: one[key] for key in ("bytes", "removed", "not_taken")})
    lines = [f"{one['name']}: {one['bytes']:,} bytes, {one['removed']:,} removed, {one['not_taken']:,} lines not taken"
             for one in contents]  # fmt: skip
    return [*lines, f"In all {total['bytes']:,} bytes, {total['removed']:,} removed."]


def named() -> str:
    """The name of a bundle that is made now."""
    return f"isocentre-support-{settings.ZONE}-{timezone.now():%Y%m%d-%H%M%S}.zip"
