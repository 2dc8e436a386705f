"""No role but site and study team can undo a date shift: all that the others can fetch is fetched, joined and tried."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest
from pydicom import dcmread
from support.data import data_path
from support.joining import Fact, Leak, Scan, fact, leaks
from support.system import Answer, System

pytestmark = [pytest.mark.data("head-mr"), pytest.mark.peers("dcmtk")]
SLUG, CALLED = "shifts", "SHIFTS"
TODAY = date.today()  # noqa: DTZ011 - the scan is made today, where the scanner stands
MOST_PAGES = 150
STARTS = (
    "/", "/archive/", "/audit/", "/audit/?routine=with", "/status/", "/search/?q=P-", "/register/", "/network/",
    "/accounts/profile/",
)  # fmt: skip
PROGRAMS = (
    "/api/v1/scans", "/api/v1/selections", "/api/v1/ledger", "/api/v1/research-studies", "/api/v1/sites",
    "/api/v1/scanners", "/api/v1/status", *(f"/api/v1/research-studies/{SLUG}{part}" for part in
                                            ("", "/subjects", "/imaging")),
)  # fmt: skip
"""What a program asks; the same actor, so a session is answered as a token would be."""
OWN = ("/accounts/logout", "/static/", "/dicomweb", "/viewer")
"""Not followed: what changes something, what is the same for everybody, and what is asked for by itself below."""


@dataclass(frozen=True)
class Fetched:
    """The scan whose shift is sought, and every fact that roles other than site and study team can fetch."""

    scan: Scan
    facts: list[Fact]
    pages: dict[str, int]


@pytest.fixture(scope="module")
def fetched(system: System, tmp_path_factory: pytest.TempPathFactory) -> Fetched:
    """A scan made today, sent and settled, looked at in every way, and then everything fetched."""
    folder = tmp_path_factory.mktemp("shifted")
    for number, source in enumerate(sorted(data_path("head-mr").glob("*.dcm"))[:3], 1):
        _made_today(source, folder / f"{number}.dcm", number)
    assert system.storescu(sorted(folder.iterdir()), CALLED).returncode == 0
    assert system.settled(SLUG, 3)["sent_on"] == 3
    system.receipted()
    uid = system.scan(SLUG)[0]
    asked = system.ask(f"/dicomweb/studies?StudyInstanceUID={uid}", token=system.token(f"study:{SLUG}"))
    shifted = datetime.strptime(asked.json()[0]["00080020"]["Value"][0], "%Y%m%d").date()  # noqa: DTZ007 - DICOM DA
    scan = Scan(uid, shifted, TODAY)
    facts = [*_dicomweb(system, uid), *_rows(system), *_blobs(system)]
    pages = {}
    for person in ("core", "audit", "admin"):
        found = list(_pages(system, person, uid))
        pages[person] = len(found)
        facts += found
    return Fetched(scan, facts, pages)


def _made_today(source: Path, path: Path, number: int) -> None:
    scan = dcmread(source)
    for keyword in ("StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate"):
        setattr(scan, keyword, f"{TODAY:%Y%m%d}")
    scan.PatientID = "SHIFTED1"
    scan.StudyInstanceUID, scan.SeriesInstanceUID = "1.2.826.0.1.3680043.9.7134.1", "1.2.826.0.1.3680043.9.7134.1.1"
    scan.SOPInstanceUID = scan.file_meta.MediaStorageSOPInstanceUID = f"1.2.826.0.1.3680043.9.7134.1.1.{number}"
    scan.save_as(path)


def _headers(answer: Answer) -> str:
    """Headers that speak of the object. Date speaks of the asking (RFC 9110 6.6.1), a cookie of the session."""
    return "\n".join(f"{k}: {v}" for k, v in answer.headers if k.lower() not in ("date", "set-cookie"))


def _dicomweb(system: System, uid: str) -> Iterator[Fact]:
    """All of DICOMweb as a token: search, whole objects, metadata, frames, bulk data, rendered, thumbnails."""
    study, series, objects = system.scan(SLUG)
    one = f"/dicomweb/studies/{study}/series/{series}/instances/{objects[0]}"
    paths = [
        "/dicomweb/studies?includefield=all", "/dicomweb/series?includefield=all",
        f"/dicomweb/studies/{study}/instances?includefield=all", f"/dicomweb/studies/{study}",
        f"/dicomweb/studies/{study}/metadata", f"/dicomweb/studies/{study}/series/{series}/metadata",
        one, f"{one}/metadata", f"{one}/frames/1", f"{one}/rendered", f"{one}/thumbnail",
        f"/dicomweb/studies/{study}/rendered", f"/dicomweb/studies/{study}/series/{series}/thumbnail",
        f"{one}/bulkdata/7FE00010",
    ]  # fmt: skip
    for path in paths:
        accept = {"Accept": "application/dicom"} if path == one else {}
        answer = system.ask(path, token=system.token(), headers=accept)
        assert answer.status == 200, (path, answer.text[:300])
        yield fact(f"token {path} headers", f"{path}\n{_headers(answer)}", TODAY)
        if answer.headers and "json" in dict(answer.headers).get("content-type", ""):
            yield fact(f"token {path}", f"{path}\n{answer.text}", TODAY)
        if path == one:
            held = dcmread(io.BytesIO(answer.body))
            yield fact(f"token {path} object", f"{path}\n{held.file_meta}\n{held}", TODAY)


def _pages(system: System, person: str, uid: str) -> Iterator[Fact]:
    """Every page, CSV and JSON a person reaches by links, from the start page, each list and the scan's own pages."""
    queue = [*STARTS, f"/archive/{uid}", f"/scan/{uid}/", f"/search/?q={uid}"]
    queue += [f"{path}{'&' if '?' in path else '?'}format={kind}" for path in queue for kind in ("csv", "json")]
    queue = [*PROGRAMS, f"/api/v1/scans/{uid}", *queue]
    done: set[str] = set()
    while queue and len(done) < MOST_PAGES:
        path = queue.pop(0)
        if path in done or path.startswith(OWN):
            continue
        done.add(path)
        answer = system.ask(path, person=person)
        if answer.status != 200:
            continue
        kind = dict(answer.headers).get("content-type", "")
        text = answer.text
        if "html" in kind:
            main = re.search(r"<main.*?</main>", text, re.DOTALL)
            text = main.group() if main else text
            queue += _links(path, text)
        yield fact(f"{person} {path}", f"{path}\n{_headers(answer)}\n{text}", TODAY)


def _links(path: str, text: str) -> list[str]:
    """Where a page leads on its own side, without the ways to sort and page a list."""
    found = []
    for href in re.findall(r'href="([^"#]+)', text):
        target = urlsplit(urljoin(path, href.replace("&amp;", "&")))
        if not target.netloc and not re.search(r"(?:sort|after|before|page)=", target.query):
            found.append(target.path + (f"?{target.query}" if target.query else ""))
    return found


WITHHELD = {("register_realtime", "*"), ("register_evidence", "event_id")}
"""What only site and study team may read: real times, and the random id by which the audit trail names a match."""


def _rows(system: System, *, withheld: bool = False) -> Iterator[Fact]:
    """Every row of every table of the national side, without what is withheld unless that is asked for."""
    tables = system.sql("platform", "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    for (table,) in tables:
        columns = [name for _, name, *_ in system.sql("platform", f'PRAGMA table_info("{table}")')]
        if not withheld:
            columns = [c for c in columns if not {(table, "*"), (table, c)} & WITHHELD]
        if not columns:
            continue
        chosen = ", ".join(f'"{column}"' for column in columns)
        query = f'SELECT {chosen} FROM "{table}"'
        for number, row in enumerate(system.sql("platform", query)):
            text = " ".join(v.decode("latin-1") if isinstance(v, bytes) else str(v) for v in row if v is not None)
            yield fact(f"table {table} row {number}", text)


def _blobs(system: System) -> Iterator[Fact]:
    """Name and time of every file and folder of the store."""
    for path in sorted((system.national / "blobs").rglob("*")):
        moment = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        yield fact(f"blob {path.name}", f"{path.name} {moment.isoformat()}")


def test_no_shift_can_be_recovered(fetched: Fetched) -> None:
    assert leaks(fetched.facts, [fetched.scan]) == []


def test_the_scan_was_shifted_by_whole_weeks_and_everything_was_fetched(fetched: Fetched) -> None:
    back = fetched.scan.true - fetched.scan.shifted
    assert back % timedelta(weeks=1) == timedelta()
    assert 8 <= back // timedelta(weeks=1) <= 520
    named = [one.source for one in fetched.facts if fetched.scan.name in one.names]
    for source in (
        "token /dicomweb/studies?",
        "core /archive/",
        "core /archive/?format=csv",
        "core /scan/",
        "core /api/v1/scans",
        "core /api/v1/scans/",
        "table arch",
    ):
        assert any(name.startswith(source) for name in named), source
    clocks = [one.source for one in fetched.facts if TODAY in one.days]
    for source in (
        "audit /audit/",
        "audit /audit/?routine=with",
        "audit /audit/?format=csv",
        "admin /status/?format=json",
        "table audit_auditrow",
    ):
        assert any(name.startswith(source) for name in clocks), source
    assert min(fetched.pages.values()) >= 10, fetched.pages


def test_no_blob_nor_its_folder_tells_when_it_came(system: System, fetched: Fetched) -> None:
    store = system.national / "blobs"
    assert {each.stat().st_mtime for each in (store, *store.rglob("*"))} == {0.0}


def test_an_audit_row_of_a_gateway_tells_no_scan_from_another(system: System, fetched: Fetched) -> None:
    rows = system.sql("platform", "SELECT action, detail FROM audit_auditrow WHERE actor_kind = 'gateway'")
    assert {"objects_stored", "receipts_taken"} <= {action for action, _ in rows}
    assert {detail for action, detail in rows if action in ("objects_stored", "receipts_taken")} <= {
        "{}", '{"refused": 1}',
    }  # fmt: skip


def _leak(fetched: Fetched, *more: Fact) -> Leak:
    found = leaks([*fetched.facts, *more], [fetched.scan])
    assert found, "the join was not seen"
    assert {one.weeks for one in found} == {(fetched.scan.true - fetched.scan.shifted) // timedelta(weeks=1)}
    return found[0]


NOW = datetime.now(UTC)
CLOCKS: dict[str, Callable[[str], str]] = {
    "a clock column beside a scan": lambda uid: f"{uid},neuro,SITE1,{NOW.isoformat()}",
    "a date beside a scan in words": lambda uid: f"<td>{uid}</td><td>{NOW.day} {NOW:%B %Y}</td>",
    "minutes beside a scan": lambda uid: f"<td>{uid}</td><td>stored 5 minutes ago</td>",
    "a Last-Modified header": lambda uid: f"/dicomweb/studies/{uid}\nLast-Modified: {format_datetime(NOW)}",
    "seconds since 1970": lambda uid: f'{{"study": "{uid}", "seen": {int(NOW.timestamp())}}}',
    "a DICOM date of our own": lambda uid: f"{uid} (0012,0064) {NOW:%Y%m%d%H%M%S}",
    "a clock two days later": lambda uid: f"scan {uid} viewed at {(NOW + timedelta(days=2)).isoformat()}",
}


@pytest.mark.parametrize("clock", CLOCKS)
def test_one_clock_more_and_the_shift_is_recovered(fetched: Fetched, clock: str) -> None:
    assert _leak(fetched, fact("changed", CLOCKS[clock](fetched.scan.name), TODAY)).sources == ("changed",)


def test_a_clock_column_in_the_index_and_the_shift_is_recovered(system: System, fetched: Fetched) -> None:
    """The rows of the index as they are, each with the one column more that must never be added."""
    query = "SELECT * FROM archive_instance"
    rows = [fact("with a clock", " ".join(map(str, (*row, NOW)))) for row in system.sql("platform", query)]
    assert "with a clock" in _leak(fetched, *rows).sources


def test_a_random_id_on_both_sides_and_the_shift_is_recovered(fetched: Fetched) -> None:
    event = os.urandom(16).hex()
    audit = fact("audit row", f"scan_matched imaging_event {event} at {NOW.isoformat()}")
    assert leaks([*fetched.facts, audit], [fetched.scan]) == []
    page = fact("page", f"{fetched.scan.name} is event {event}")
    assert _leak(fetched, audit, page).sources[-2:] == ("page", "audit row")


def test_a_blob_with_its_own_time_and_the_shift_is_recovered(system: System, fetched: Fetched) -> None:
    query = "SELECT blob_key FROM archive_instance WHERE object_uid = ?"
    [(key,)] = system.sql("platform", query, system.scan(SLUG)[2][0])
    assert _leak(fetched, fact("file", f"{key} {NOW.isoformat()}")).sources[-1] == "file"


def test_what_is_withheld_does_undo_it(system: System, fetched: Fetched) -> None:
    """The shift is there to be found: by real times, and by the audit trail beside its random ids."""
    rows = list(_rows(system, withheld=True))
    ways = {source.split()[1] for leak in leaks(rows, [fetched.scan]) for source in leak.sources}
    assert {"register_realtime", "register_evidence", "audit_auditrow"} <= ways
    times = [row for row in rows if row.source.startswith("table register_realtime")]
    assert any(TODAY in row.days for row in times)
    assert not [n for row in times for n in row.names if n.startswith("2.25.")], "keyed by event, never by object"
