"""Scans of a list are fetched from real PACS, each series right once, within the limits their manager set."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydicom.uid import generate_uid
from support import pacs
from support.pacs import Served
from support.running import until
from support.system import System
from support.system import system as started

pytestmark = pytest.mark.peers
STUDY, SCANS, SERIES, IMAGES = "spare", 7, 2, 3
NODE = "INTO = intake.pulling.set_node(by=SYSTEM, name=name, site='LOCAL', host='127.0.0.1', port=port,"
NODE += " ae_title=title, calling_ae='ISOCENTRE', destination='ISOCENTRE', from_hour=0, to_hour=0, at_once=2)"


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A system of its own: others count on the one scan of this research study."""
    with started(tmp_path_factory.mktemp("system") / "home") as it:
        yield it


@pytest.fixture(scope="module", params=["orthanc", "dcmqrscp"])
def there(request: pytest.FixtureRequest, system: System, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """(the PACS, entered at the hospital; UIDs of the scans in it). Two of them have one accession number."""
    at: Path = tmp_path_factory.mktemp(request.param)
    scans = [str(generate_uid(prefix="1.2.3."))[:40].rstrip(".") for _ in range(SCANS)]
    objects = [
        pacs.image(f"{scan}.{series}.{image}", scan=scan, series=f"{scan}.{series}", number=image,
                   accession=f"{request.param[0]}{max(number, 1)}", patient=f"{request.param}{number}",
                   day=f"202603{number + 1:02}")
        for number, scan in enumerate(scans)
        for series in range(1, SERIES + 1)
        for image in range(1, IMAGES + 1)
    ]  # fmt: skip
    pacs.written(at / "in", objects)
    title = f"PACS_{request.param[:3].upper()}"
    with getattr(pacs, request.param)(at, destination="ISOCENTRE", port=system.it.dicom_port, title=title) as served:
        pacs.fill(served, at / "in")
        script = "from isocentre.core.actor import SYSTEM\nfrom isocentre.rooms.intake import door as intake\n"
        answer = f"{script}{NODE}\nanswer = INTO.pk"
        system.run("gateway", answer, name=served.kind, port=served.port, title=served.ae_title)
        yield served, scans


def listed(at: Path, accessions: list[str]) -> Path:
    at.write_text("Accession number\n" + "".join(f"{one}\n" for one in accessions), encoding="utf-8")
    return at


def told(system: System, path: Path, served: Served, *more: str) -> tuple[int, dict[str, Any]]:
    done = system.it.command("pull", str(path), "--study", STUDY, "--pacs", served.kind, "--json", *more)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode, json.loads(done.stdout.splitlines()[-1])


def test_a_list_is_looked_up_then_fetched_and_never_twice(
    there: tuple[Served, list[str]], system: System, tmp_path: Path
) -> None:  # fmt: skip
    served, scans = there
    letter = served.kind[0]
    path = listed(tmp_path / "list.csv", [*(f"{letter}{n}" for n in range(1, SCANS)), f"{letter}99", f"{letter}5"])
    before = system.ledger(STUDY).get("received", 0)

    assert f"PACS {served.kind}" in system.it.command("doctor").stdout

    code, dry = told(system, path, served, "--dry-run")
    assert code == 1, "one is not in the PACS, and one means two scans"
    assert dry["lines"] == {"found": SCANS - 2, "not in the PACS": 1, "to choose from several": 1}
    assert dry["series"] == {"ready": (SCANS - 2) * SERIES}
    assert dry["images"] == {"expected": (SCANS - 2) * SERIES * IMAGES, "received": 0}
    assert system.ledger(STUDY).get("received", 0) == before, "a dry run fetches nothing"

    code, whole = told(system, path, served)
    assert code == 1
    assert whole["series"] == {"fetched": (SCANS - 2) * SERIES}
    assert whole["images"] == {"expected": (SCANS - 2) * SERIES * IMAGES, "received": (SCANS - 2) * SERIES * IMAGES}
    now = system.settled(STUDY, before + (SCANS - 2) * SERIES * IMAGES)
    assert now["received"] == before + (SCANS - 2) * SERIES * IMAGES
    came = "SELECT DISTINCT study_uid FROM intake_arrival"
    assert {uid for (uid,) in system.sql("gateway", came)} & set(scans) == set(scans[2:])

    _, again = told(system, path, served)
    assert again["series"] == {"here already": (SCANS - 2) * SERIES}
    assert system.ledger(STUDY)["received"] == now["received"], "nothing was pulled twice"


def test_what_is_here_in_part_is_made_whole(there: tuple[Served, list[str]], system: System, tmp_path: Path) -> None:
    served, scans = there
    some = pacs.written(tmp_path / "some", [
        pacs.image(f"{scans[0]}.1.1", scan=scans[0], series=f"{scans[0]}.1", number=1, accession=f"{served.kind[0]}1",
                   patient=f"{served.kind}0", day="20260301"),
    ])  # fmt: skip
    assert system.storescu(some, "SPARE").returncode == 0
    path = tmp_path / "uid.csv"
    path.write_text(f"StudyInstanceUID\n{scans[0]}\n", encoding="utf-8")
    code, made = told(system, path, served)
    assert code == 0
    assert made["images"] == {"expected": SERIES * IMAGES, "received": SERIES * IMAGES}
    rows = "SELECT COUNT(*), SUM(duplicates) FROM intake_ledgerrow WHERE study_uid = ? AND research_study = ?"
    assert system.sql("gateway", rows, scans[0], STUDY) == [(SERIES * IMAGES, 0)], "the one that was here came once"


def test_a_list_that_names_nothing_is_refused_by_line(system: System, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("Hospital number,Date\nX1,\nX*,2026-03-03\n", encoding="utf-8")
    done = system.it.command("pull", str(path), "--study", STUDY, "--pacs", "orthanc")
    assert done.returncode == 2
    assert "line 2" in done.stderr
    assert "line 3" in done.stderr
    assert "X1" not in done.stderr
    until(lambda: True, system.it, "nothing", 1)
