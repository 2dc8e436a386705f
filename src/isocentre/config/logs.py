"""Logs as JSON lines on stdout; the supervisor puts each process's lines into its own file.

When the supervisor moves a full file away, each process goes on in a new one of the old name by itself (`follow`): the
file is changed under stdout and stderr, between two writes, so that no line is lost or cut.

No line holds an identifier: what libraries say may quote a request or a value, so of their lines only logger, level
and the kind and place of an error are kept. Our own lines are written without values (house rule 5).
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import threading
from datetime import UTC, datetime
from typing import Any

import structlog

FOLLOWED = "ISOCENTRE_LOG"
"""The file that stdout and stderr of a supervised process are; set by `up`."""
FOLLOWS = 1.0
"""Seconds between looks whether it was moved away."""
SERVER = "_granian"
TRACEBACK = "Traceback (most recent call last):"
FRAME = re.compile(r'  File "([^"]+)", line (\d+)')
KIND = re.compile(r"(?:\w+\.)*(\w+)(?::|$)")


class JsonLine(logging.Formatter):
    """A record of the standard library's logging as one JSON line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"level": record.levelname.lower(), "logger": record.name, "timestamp": moment}
        if record.name.startswith("isocentre."):
            line["event"] = record.getMessage()
        elif record.name.partition(".")[0] == SERVER:
            line |= served(record.getMessage())
        if record.exc_info and record.exc_info[1] is not None:
            line |= described(record.exc_info[1])
        if reference := getattr(getattr(record, "request", None), "reference", ""):
            line["reference"] = reference  # what the person's page says (web/errors.py)
        return json.dumps(line)


def described(error: BaseException) -> dict[str, str]:
    """Kind of an error and the file and line it came from, never its text."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = "" if trace is None else f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"
    return {"error": type(error).__name__, "where": where}


def served(words: str) -> dict[str, str]:
    """What the web server says: its own first line and, of an error it appends, kind and place, never its text."""
    head, _, trace = words.rpartition(TRACEBACK)
    if not head:
        return {"event": words.partition("\n")[0]}
    frames = FRAME.findall(trace)
    kinds = (KIND.match(line) for line in trace.splitlines() if line and not line.startswith(" "))
    kind = next(kinds, None)
    return {
        "event": head.partition("\n")[0],
        "error": kind[1] if kind else "",
        "where": f"{os.path.basename(frames[-1][0])}:{frames[-1][1]}" if frames else "",
    }


def worth_keeping(record: logging.LogRecord) -> bool:
    """Django logs each refused request; what went wrong in our code comes with its error, and only that is kept."""
    return record.name != "django.request" or record.exc_info is not None


def configure() -> None:
    """Set logging up for this process; called by entry points only."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.WriteLoggerFactory(sys.stdout),  # one write a line, whatever Python buffers
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLine())
    handler.addFilter(worth_keeping)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger(SERVER).handlers = [handler]
    logging.captureWarnings(True)
    sys.excepthook = lambda kind, error, trace: uncaught(error)
    threading.excepthook = lambda args: uncaught(args.exc_value)
    if FOLLOWED in os.environ:
        reopen()
        threading.Thread(target=_follow, name="log", daemon=True).start()


def uncaught(error: BaseException | None) -> None:
    """An error nobody caught, which Python would print with its text."""
    if error is not None and not isinstance(error, SystemExit):
        logging.getLogger("isocentre.process").error("uncaught", exc_info=error)


def reopen() -> bool:
    """Go on in the file of the old name when ours was moved away; True when it was."""
    path, mine = os.environ[FOLLOWED], os.fstat(1)
    try:
        there = os.stat(path)
        if (there.st_dev, there.st_ino) == (mine.st_dev, mine.st_ino):
            return False
    except FileNotFoundError:
        pass  # moved a moment ago: whoever comes first makes the new one
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for number in (1, 2):
        os.dup2(handle, number)
    os.close(handle)
    return True


def _follow() -> None:
    pause = threading.Event()
    while True:
        pause.wait(FOLLOWS)
        reopen()


class Following(logging.StreamHandler):  # type: ignore[type-arg]  # generic in the stubs only
    """For the web server's own process, which forks, so that a thread cannot follow: it looks before each line."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write the line, in the file of the old name."""
        if FOLLOWED in os.environ:
            reopen()
        super().emit(record)


def server_logging() -> dict[str, Any]:
    """For granian's `log_dictconfig`: its lines, in JSON as well."""
    return {
        "formatters": {"line": {"()": JsonLine}},
        "handlers": {"line": {"()": Following, "stream": sys.stdout, "formatter": "line"}},
        "loggers": {SERVER: {"handlers": ["line"], "level": "ERROR", "propagate": False}},
    }
