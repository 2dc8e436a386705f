"""A day as people type it."""

from __future__ import annotations

import re
from datetime import date, datetime

LIKE = "3 March 2026 or 2026-03-03"
"""How a day is asked for, in words."""
_FORMS = ("%Y-%m-%d", "%d/%m/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d %B %Y", "%d %b %Y", "%Y%m%d")


def parse_day(text: str) -> date | None:
    """2026-03-03, 3/3/2026 (day first) or 3 March 2026 as a day; None when it is none."""
    if not text or not (tidy := re.sub(r"\s+", " ", text.strip())):
        return None  # as most cells of a long list are: each form that fails takes its time
    for form in _FORMS:
        try:
            return datetime.strptime(tidy, form).date()  # noqa: DTZ007 - a calendar day has no zone
        except ValueError:
            continue
    return None
