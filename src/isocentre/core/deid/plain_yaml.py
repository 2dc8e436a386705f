"""YAML as a reviewer reads it: no anchors, no aliases (so no cycles), no tags, no key said twice; safe values only."""

from __future__ import annotations

from collections import Counter
from typing import Any

import yaml

_KINDS = frozenset({"tag:yaml.org,2002:int", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null"})
"""What a plain word may become. Any other is text: a profile has no use for dates, fractions and merged mappings."""

_DEEPEST = 8
"""How deep a profile is nested; others say how deep they are."""


class _NotPlain(ValueError):
    """More than plain YAML; the message is for its author, with `{what}` for what the text should be."""


class _Plain(yaml.SafeLoader):
    depth = 0
    deepest = _DEEPEST

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]  # PyYAML has no types for it
        if getattr(event, "anchor", None) is not None:  # an alias has one too
            raise _NotPlain("{what} has no anchors and no aliases")
        if getattr(event, "tag", None) is not None:
            raise _NotPlain("{what} has no tags (!!)")
        if self.depth == self.deepest:
            raise _NotPlain(f"{{what}} is nested no deeper than {self.deepest}")
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


def mapping(text: str, *, what: str = "a profile", deepest: int = _DEEPEST) -> dict[Any, Any]:
    """The mapping that the text is; ValueError, in words for its author, when it is none or more than plain."""
    try:
        data = _loaded(text, deepest)
    except _NotPlain as error:
        raise _NotPlain(str(error).replace("{what}", what)) from None
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a number that is none, or too long
        mark = getattr(error, "problem_mark", None)
        where = f" (line {mark.line + 1}: {getattr(error, 'problem', '')})" if mark else ""
        raise ValueError(f"{what.replace('a ', 'the ', 1)} is not valid YAML{where}") from error
    if not isinstance(data, dict):
        raise ValueError(f"{what} is a YAML mapping")
    return data


def _loaded(text: str, deepest: int) -> Any:
    loader = _Plain(text)
    loader.deepest = deepest
    try:
        return loader.get_single_data()
    finally:
        loader.dispose()
