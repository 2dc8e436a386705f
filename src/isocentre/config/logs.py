"""Logs as JSON lines on stdout; the supervisor puts each process's lines into its own file."""

from __future__ import annotations

import logging
import sys

import structlog


def configure() -> None:
    """Set structlog up for this process; called by entry points only."""
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
    # Libraries' own lines may hold values of requests: only warnings, and only their logger's name and level.
    form = '{"level":"%(levelname)s","logger":"%(name)s"}'
    logging.basicConfig(level=logging.WARNING, format=form, stream=sys.stdout)
