"""Logs as JSON lines on stdout; the supervisor puts each process's lines into its own file.

No line holds an identifier: what libraries say may quote a request or a value, so of their lines only logger, level
and the kind and place of an error are kept. Our own lines are written without values (house rule 5).
"""

from __future__ import annotations

import json
import logging
import os
import sys
from datetime import UTC, datetime

import structlog


class JsonLine(logging.Formatter):
    """A record of the standard library's logging as one JSON line."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        moment = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        line = {"level": record.levelname.lower(), "logger": record.name, "timestamp": moment}
        if record.name.startswith("isocentre."):
            line["event"] = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            line |= described(record.exc_info[1])
        return json.dumps(line)


def described(error: BaseException) -> dict[str, str]:
    """Kind of an error and the file and line it came from, never its text."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = "" if trace is None else f"{os.path.basename(trace.tb_frame.f_code.co_filename)}:{trace.tb_lineno}"
    return {"error": type(error).__name__, "where": where}


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
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(JsonLine())
    handler.addFilter(worth_keeping)
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
