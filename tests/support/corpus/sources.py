"""The objects that identifiers are planted into: where each comes from, and how it is read."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from support.corpus import made_more, made_study, pictured
from support.corpus.made import objects
from support.data import SHARED

TOGETHER = 8
LARGE = 400_000
MADE, WHEEL, DATA = "made", "pydicom", "pydicom-data"
# Left out: bytes that are no whole DICOM object on purpose, which every tool may refuse.
_BROKEN = frozenset({"rtplan_truncated.dcm", "MR_truncated.dcm", "no_meta.dcm", "empty_charset_LEI.dcm"})


@dataclass(frozen=True)
class Source:
    """One object: its name, those of one `group` go to one person, and how to get its bytes (None: a made one)."""

    name: str
    group: str
    size: int
    path: Path | None = None
    make: Callable[[], object] | None = None

    def data(self) -> bytes:
        """The object as it is before anything is planted."""
        if self.path is not None:
            return self.path.read_bytes()
        assert self.make is not None
        out = io.BytesIO()
        self.make().save_as(out, enforce_file_format=True)  # type: ignore[attr-defined]  # a pydicom Dataset
        return out.getvalue()


def absent() -> list[str]:
    """Sources that are not here, in words."""
    out = []
    if find_spec("data_store") is None:
        out.append("pydicom-data is not installed")
    if not SHARED.exists():
        out.append("no real data beside this checkout (../shared/data)")
    return out


def all_sources() -> list[Source]:
    """Every source that is here, in an order that is the same everywhere."""
    return [*_made(), *_real()]


def pictures() -> list[Source]:
    """Images with text in their picture, a corpus of their own."""
    name = pictured.GROUP
    return [
        Source(f"{name}/{kind}", f"{name}-{number // TOGETHER}", 0, make=make)
        for number, (kind, make) in enumerate(pictured.objects())
    ]


def some(sources: list[Source], share: float, seed: int) -> list[Source]:
    """A seeded part: every made object but half of those that are like another, and of the real ones small ones up to
    that share of all."""
    made = [one for one in sources if one.make is not None]
    like = [one for one in made if one.name.startswith(f"{MADE}/{made_more.PREFIX}")]
    study = [one for one in made if one.name.startswith(f"{MADE}/{made_study.PREFIX}")]
    small = [one for one in sources if one.make is None and one.size < LARGE // 2]
    wanted = max(0, round(share * 2000) - len(made) + len(like) + len(study))
    real = random.Random(seed).sample(small, min(wanted, len(small)))
    made = [one for one in made if one not in like or random.Random(f"{seed}/{one.name}").random() < 0.5]
    return made + sorted(real, key=lambda one: one.name)


def _made() -> Iterator[Source]:
    for number, (name, make) in enumerate(objects()):
        study = name.startswith(made_study.PREFIX)  # whose objects refer to each other, so they are of one person
        yield Source(f"{MADE}/{name}", f"{MADE}-{'study' if study else number // TOGETHER}", 0, make=make)


def _real() -> Iterator[Source]:
    import pydicom.data

    roots = [(WHEEL, Path(pydicom.data.__file__).parent / "test_files", 1)]
    store = find_spec("data_store")
    if store is not None and store.submodule_search_locations:
        roots.append((DATA, Path(store.submodule_search_locations[0]) / "data", 1))
    roots += [
        (name, SHARED / name, step) for name, step in (("vendors", 1), ("rdsr", 1), ("acr-phantom", 1), ("head-mr", 32))
    ]
    for title, root, step in roots:
        paths = sorted(p for p in root.rglob("*") if p.is_file()) if root.exists() else []
        for number, path in enumerate(paths[::step]):
            if path.name in _BROKEN or path.suffix in (".md", ".txt", ".json", ".py", ".zip") or "LICENSE" in path.name:
                continue
            yield Source(
                f"{title}/{path.relative_to(root)}", f"{title}-{number // TOGETHER}", path.stat().st_size, path
            )
