"""YAML as a reviewer reads it: no anchors, no aliases (so no cycles), no key said twice; safe values only."""

from __future__ import annotations

from collections import Counter
from typing import Any

import yaml


class _Plain(yaml.SafeLoader):
    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML has no types for it
        if getattr(event, "anchor", None) is not None:  # an alias has one too
            raise ValueError("a profile has no anchors and no aliases")
        node: yaml.Node | None = super().compose_node(parent, index)
        if isinstance(node, yaml.MappingNode):
            counted = Counter(str(key.value) for key, _ in node.value)
            if twice := {key for key, count in counted.items() if count > 1}:
                raise ValueError(f"{min(twice)} is said twice in one place")
        return node


def mapping(text: str) -> dict[Any, Any]:
    """The mapping that the text is; ValueError, in words for its author, when it is none or more than plain."""
    try:
        data = yaml.load(text, _Plain)  # noqa: S506 - a safe loader, made stricter
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1}: {getattr(error, 'problem', '')})" if mark else ""
        raise ValueError(f"the profile is not valid YAML{where}") from error
    if not isinstance(data, dict):
        raise ValueError("a profile is a YAML mapping")
    return data
