"""The actors, terms and charter that the tests of charters share."""

from __future__ import annotations

from dataclasses import replace

from isocentre.core.actor import Actor, Scope
from isocentre.rooms.register.door import ResearchStudyTerms

ADMIN = Actor("person", "ada", "national_administrator", Scope.everything(), frozenset({"network_edit"}))
TEAM = Actor(
    "person", "tim", "study_team", Scope.everything(), frozenset({"register_view", "register_edit", "charters_view"})
)
CORE = Actor(
    "person", "cora", "imaging_core", Scope.everything(), frozenset({"charters_view", "charters_publish"})
)  # fmt: skip
GATEWAY = Actor(
    "gateway", "northmoor", scope=Scope(frozenset({("*", "RZN01")})), permissions=frozenset({"study_config_read"})
)
TERMS = ResearchStudyTerms(
    slug="onco-ct", title="Lesions over time", sponsor="Northmoor University", protocol_name="ONCO 1",
    intake_mode="dedicated", profile="trial-ct-mr", legal_basis="consent", ae_title="ONCO_CT", status="open",
)  # fmt: skip
TEXT = """title: Chest CT charter
scans:
  - name: CT of the chest
    modalities: [CT]
    series:
      - name: Axial
        modality: CT
        minimum_images: 10
        rules:
          - {attribute: SliceThickness, range: {most: 5}, unit: mm}
"""
SECOND = TEXT.replace("most: 5", "most: 3")


def over(actor: Actor, *pairs: tuple[str, str]) -> Actor:
    """The actor with another scope."""
    return replace(actor, scope=Scope(frozenset(pairs)))
