"""Asks every room's `hooks.py` (core/hooks.py says what it may hold); knows no room by name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType
from typing import Any

import structlog
from django.apps import apps
from django.utils.module_loading import module_has_submodule

from isocentre.core import hooks as spec
from isocentre.core.actor import Actor

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Answers:
    """What the rooms answered, and the rooms that could not be asked (by label), so that a page can say so."""

    items: list[Any] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def modules() -> list[tuple[str, ModuleType]]:
    """(label, hooks module) of every installed app of ours that has one."""
    found = []
    for app in apps.get_app_configs():
        mine = app.name.startswith("isocentre.") and app.name != "isocentre.desk"
        if mine and app.module is not None and module_has_submodule(app.module, "hooks"):
            found.append((app.label, import_module(f"{app.name}.hooks")))
    return found


def ask(name: str, *args: Any) -> Answers:
    """Call the function `name` of every room that has it. One that fails does not take the page from the rest."""
    answers = Answers()
    for label, module in modules():
        function: Callable[..., Any] | None = getattr(module, name, None)
        if function is None:
            continue
        try:
            answer = function(*args)
        except Exception as error:  # noqa: BLE001 - shown on the page and logged by kind; its text may hold a patient's name
            log.error("hook failed", room=label, hook=name, kind=type(error).__name__)
            answers.failed.append(label)
            continue
        answers.items += [] if answer is None else list(answer) if isinstance(answer, list | tuple) else [answer]
    return answers


def navigation(actor: Actor) -> list[spec.NavItem]:
    """The main menu of this actor."""
    return spec.menu(ask("navigation", actor).items)


def life(side: str, actor: Actor, key: str) -> tuple[list[spec.Step], Answers]:
    """The whole life of a scan on one side; no steps when no room knows the scan or the actor may not see it."""
    answers = ask("life", actor, key)
    return (spec.assemble(side, answers.items) if answers.items else []), answers
