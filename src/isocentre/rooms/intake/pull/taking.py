"""What a PACS hands over on the line we opened (C-GET, DICOMweb) comes in as all that arrives."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from pathlib import Path

from isocentre.rooms.intake import imports
from isocentre.rooms.intake.pull.rows import PacsNode
from isocentre.rooms.intake.receive import Intake

SOURCE = "fetched"
_intakes: dict[tuple[int, str], Intake] = {}
"""One for each PACS and site in this process: what comes at once is committed together."""


@dataclass(frozen=True)
class Taking:
    """Implements `core.ports.TakesIn` for one PACS: one request of it is one association of the audit trail."""

    node: PacsNode
    association: str = field(default_factory=lambda: uuid.uuid4().hex)

    def temporary(self) -> Path:
        """A fresh path in quarantine."""
        return self._intake().temporary()

    def take(self, file: Path) -> str:
        """Keep it; why not, in words, empty when it was."""
        node = self.node
        whence = {"calling_ae": node.ae_title, "called_ae": "", "address": node.host[:64], "peer": node.name}
        return imports.take(self._intake(), file, whence=whence, association=self.association)

    def _intake(self) -> Intake:
        key = (self.node.pk, self.node.site)
        if key not in _intakes:
            _intakes[key] = Intake(source=SOURCE, site=self.node.site, pacs=self.node.pk)
        return _intakes[key]
