"""Rules for every test: peers and data are named when missing, nothing skips under CI, unit tests open no socket."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings
from support import data, groups, parts, peers

TESTS = Path(__file__).parent
CI = os.environ.get("CI") == "true"
ON_POSTGRESQL = "ISOCENTRE_TEST_DATABASE_URL" in os.environ
"""The rooms once more on the other database: what asks no database says nothing new there."""

hypothesis_settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis_settings.register_profile("here", deadline=None)
hypothesis_settings.load_profile("ci" if CI else "here")


def pytest_configure(config: pytest.Config) -> None:
    """Name the markers; `peers` and `data` take the names of what the test needs."""
    config.addinivalue_line("markers", "peers(*names): needs these real peers (see support/peers.py); second stage")
    config.addinivalue_line("markers", "whole: minutes of the same thing once more; only with `make test WHOLE=1`")
    config.addinivalue_line("markers", "data(*names): needs these folders of ../shared/data; left out where absent")


def pytest_report_header() -> list[str]:
    """Say at the start what this machine cannot test."""
    lines = [f"peers missing: {', '.join(peers.missing())} (`make peers` installs them)"] if peers.missing() else []
    if not data.present():
        lines.append(f"{data.ABSENT}: tests that need it are left out")
    if not parts.WHOLE:
        lines.append("the long runs over many objects take a part (`make test WHOLE=1` takes all)")
    return lines


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what lacks a peer; leave out what lacks real data; keep together what shares a system."""
    kept: list[pytest.Item] = []
    left_out: list[pytest.Item] = []
    for item in items:
        names = [name for mark in item.iter_markers("peers") for name in mark.args]
        unknown = sorted(set(names) - set(peers.PEERS))
        if unknown:
            raise pytest.UsageError(f"{item.nodeid}: unknown peers {unknown}; known are {sorted(peers.PEERS)}")
        if absent := sorted(set(names) & set(peers.missing())):
            item.add_marker(pytest.mark.skip(reason=f"missing peers: {', '.join(absent)}"))
        folders = [name for mark in item.iter_markers("data") for name in mark.args or ("",)]
        whole = parts.WHOLE or item.get_closest_marker("whole") is None
        asked = not ON_POSTGRESQL or _uses_database(item)
        (kept if asked and whole and all(map(data.present, folders)) else left_out).append(item)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = kept
    for item in items:
        item.add_marker(pytest.mark.xdist_group(groups.of(item)))
    items.sort(key=groups.turn)


def _uses_database(item: pytest.Item) -> bool:
    fixtures = {"db", "transactional_db", "django_db_setup"} & set(getattr(item, "fixturenames", ()))
    return bool(fixtures) or item.get_closest_marker("django_db") is not None


def _fail_when_skipped(report: pytest.TestReport | pytest.CollectReport) -> None:
    # Real data may lie beside a checkout, never in it: a CI machine without the whole folder is told so, not failed.
    if CI and report.skipped and not (data.ABSENT in str(report.longrepr) and not data.present()):
        report.outcome = "failed"
        why = report.__dict__.pop("wasxfail", report.longrepr)
        report.longrepr = f"skipped, and nothing may skip under CI=true: {why}"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under CI=true a skip is a failure, an expected failure too (seen from outside the plugin that makes it one)."""
    report = yield
    _fail_when_skipped(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Under CI=true a module that skips itself is a failure."""
    report = yield
    _fail_when_skipped(report)
    return report


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """`no_cover` beside other processes: there pytest-cov stops one of two tracers, and the other counts on."""
    if item.get_closest_marker("no_cover") is None:
        return (yield)
    trace = sys.gettrace()
    sys.settrace(None)
    try:
        return (yield)
    finally:
        sys.settrace(trace)


@pytest.fixture(autouse=True)
def _no_sockets_in_unit_tests(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unit tests reach no network, not even loopback; local (AF_UNIX) sockets are files."""
    if not request.node.path.is_relative_to(TESTS / "unit"):
        return
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            raise AssertionError("a unit test opened a network connection")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """One Chromium for the whole run."""
    from support import browser

    with browser.launched() as launched:
        yield launched


@pytest.fixture
def context(chromium: Any) -> Iterator[Any]:
    """A fresh browser context; the test fails when any of its pages violates its content security policy."""
    from support import browser

    with browser.watched(chromium) as watched:
        yield watched


@pytest.fixture
def page(context: Any) -> Any:
    """A page of a fresh context."""
    return context.new_page()
