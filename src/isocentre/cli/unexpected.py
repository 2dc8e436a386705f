"""What is said of an error that nobody expected: never its text, which may hold a patient's name."""

from __future__ import annotations

import os
import traceback

from isocentre.cli import zone as zones


def words(error: Exception) -> str:
    """Kind and place, and what to do where that is known."""
    if isinstance(error, zones.NotSetUp):
        return str(error)
    if type(error).__module__.startswith("django.db"):
        return "The database does not answer or is not set up: start with `isocentre up`, or see `isocentre doctor`."
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{os.path.basename(place.filename)}:{place.lineno}"
    return f"This went wrong: {type(error).__name__} in {where}. ISOCENTRE_TRACEBACK=1 shows all (it may hold names)."
