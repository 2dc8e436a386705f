"""YAML as a reviewer reads it: no anchors, no aliases (so no cycles), no tags, no key said twice; safe values only."""

from __future__ import annotations

from collections import Counter
from typing import Any

import yaml

_KINDS = frozenset({"tag:yaml.org,2002:int", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null"})
"""What a plain word may become. Any other is text: a profile has no use for dates, fractions and merged mappings."""

_DEEPEST = 8


class _NotPlain(ValueError):
    """More than plain YAML; the message is for its author."""


class _Plain(yaml.SafeLoader):
    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML has no types for it
        if getattr(event, "anchor", None) is not None:  # an alias has one too
            raise _NotPlain("a profile has no anchors and no aliases")
        if getattr(event, "tag", None) is not None:
            raise _NotPlain("a profile has no tags (!!)")
        if self.depth == _DEEPEST:
            raise _NotPlain(f"a profile is nested no deeper than {_DEEPEST}")
        self.depth += 1
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        if isinstance(node, yaml.MappingNode):
            counted = Counter(str(key.value) for key, _ in node.value)
            if twice := {key for key, count in counted.items() if count > 1}:
                raise _NotPlain(f"{min(twice)} is said twice in one place")
        return node


_Plain.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in kinds if tag in _KINDS]
    for first, kinds in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def mapping(text: str) -> dict[Any, Any]:
    """The mapping that the text is; ValueError, in words for its author, when it is none or more than plain."""
    try:
        data = yaml.load(text, _Plain)  # noqa: S506 - a safe loader, made stricter
    except _NotPlain:
        raise
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a number that is none, or too long
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1}: {getattr(error, 'problem', '')})" if mark else ""
        raise ValueError(f"the profile is not valid YAML{where}") from error
    if not isinstance(data, dict):
        raise ValueError("a profile is a YAML mapping")
    return data
