"""PDF by typst: a template of this package, and data that it reads as data; tagged for screen readers (PDF/UA-1)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).resolve().parents[2]


class Typst:
    """Implements `core.ports.Typesetter`. The library is loaded with the first document: few processes make any."""

    def pdf(self, template: str, data: Mapping[str, Any], *, at: datetime) -> bytes:
        """A template of `web/` or of a room, which may read nothing of another folder, filled with `data`."""
        import typst

        base = PACKAGE if template.startswith("web/") else PACKAGE / "rooms"
        room = base / template.partition("/")[0]
        made = typst.compile(
            str(base / template), root=str(room), format="pdf", ignore_system_fonts=True, pdf_standards="ua-1",
            timestamp=int(at.timestamp()), sys_inputs={"data": json.dumps(data)},
        )  # fmt: skip
        return bytes(made)
