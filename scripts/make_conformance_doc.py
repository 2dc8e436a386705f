"""Writes the example in docs/conformance.md: both sides with nothing configured, from the code's own tables.

    python scripts/make_conformance_doc.py

A test says when the page differs from what this would write.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

PAGE = Path(__file__).resolve().parents[1] / "docs" / "conformance.md"
START = "<!-- Below: made by scripts/make_conformance_doc.py. -->"


def example() -> str:
    """Both statements as a side that was just set up prints them."""
    from isocentre.adapters.dimse.spoken import spoken
    from isocentre.core.trust.conformance import hospital
    from isocentre.core.trust.document import markdown
    from isocentre.core.trust.facts import Hospital, National, Surroundings
    from isocentre.core.trust.services import national
    from isocentre.rooms.archive import conformance
    from isocentre.rooms.intake.trust import facts

    around = Surroundings("0.1", port=8000, dicom_port=11112)
    made = (
        hospital(Hospital(around, spoken(), reasons=facts.reasons())),
        national(National(around, conformance.paths(), conformance.failures_told(), conformance.limits_told())),
    )
    return "\n".join(markdown(one).replace("\n#", "\n##").replace("# ", "## ", 1) for one in made)


def page() -> str:
    """The whole page: what people wrote stays above the mark."""
    head, mark, _ = PAGE.read_text(encoding="utf-8").partition(START)
    return f"{head}{mark or START}\n\n{example()}"


def main() -> int:
    """Entry point."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "isocentre.config.settings.test")
    django.setup()
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
