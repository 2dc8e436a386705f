"""Tables of who is who: further numbers of a person, and what a person has to say about two numbers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

from django.db import models


class PersonNumber(models.Model):
    """Whose number it is, as a person here said: a further one of `person`, or (None) nobody's who is enrolled here.

    It goes before what enrolments say. `question`: by which question it was said.
    """

    person = models.ForeignKey("intake.Person", null=True, on_delete=models.CASCADE, related_name="numbers")
    value = models.CharField(max_length=64)
    issuer = models.CharField(max_length=64, blank=True)
    question = models.BigIntegerField(db_index=True)

    class Meta:
        app_label = "intake"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["value", "issuer"], name="one_person_a_number")
        ]


class IdentityQuestion(models.Model):
    """What another system, or a person, said of two numbers, at least one of them of somebody enrolled here.

    `kind`: merge, move, unlink (`core.hl7.notices.Kind`), changed or gone (of a scan in the PACS). `right`, `before`:
    [[number, issuer]]: those that stay or are right, and the others. `row`: the ledger row of the scan it is about.
    `state`: open, settled (something was changed here), kept (nothing was). `was`: how things were, to undo it.
    """

    OPEN, SETTLED, KEPT = "open", "settled", "kept"
    HL7, FORM, PACS = "hl7", "form", "pacs"

    kind = models.CharField(max_length=8)
    source = models.CharField(max_length=8)
    event = models.CharField(max_length=8, blank=True, default="")
    told_by = models.CharField(max_length=150, blank=True, default="")
    control_id = models.CharField(max_length=200, blank=True, default="")
    digest = models.CharField(max_length=64, db_index=True)
    right = models.JSONField(default=list)
    before = models.JSONField(default=list)
    right_person = models.ForeignKey("intake.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    before_person = models.ForeignKey("intake.Person", null=True, on_delete=models.SET_NULL, related_name="+")
    row = models.BigIntegerField(null=True, db_index=True)
    at = models.DateTimeField(db_index=True)
    last_at = models.DateTimeField()
    seen = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=8, default=OPEN)
    decision = models.CharField(max_length=12, blank=True, default="")
    reason = models.CharField(max_length=300, blank=True, default="")
    decided_by = models.CharField(max_length=150, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    was = models.JSONField(default=dict)

    @classmethod
    def holding(cls, people: Iterable[Any]) -> models.QuerySet[IdentityQuestion]:
        """Open questions that hold the scans of these people: not those about a scan that is only not found."""
        who = list(people)
        mine = models.Q(right_person__in=who) | models.Q(before_person__in=who)
        return cls.objects.filter(mine, state=cls.OPEN).exclude(kind="gone")

    class Meta:
        app_label = "intake"
        constraints: ClassVar[list[Any]] = [
            models.UniqueConstraint(fields=["digest"], condition=models.Q(state="open"), name="one_open_question_each")
        ]
