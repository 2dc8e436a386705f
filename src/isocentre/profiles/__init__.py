"""De-identification profiles that ship with Isocentre: `load` one by name or file, `names` lists them."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path

from isocentre.core.deid.profile import BadProfile, Profile, parse


def names() -> list[str]:
    """Names of the profiles installed."""
    return sorted(p.name.removesuffix(".yaml") for p in files(__name__).iterdir() if p.name.endswith(".yaml"))


@cache
def load(name: str) -> Profile:
    """The installed profile of this name; BadProfile when there is none."""
    if name not in names():
        raise BadProfile(f"there is no profile of this name; there are {', '.join(names())}")
    return parse((files(__name__) / f"{name}.yaml").read_text(encoding="utf-8"))


def load_any(name_or_path: str) -> Profile:
    """An installed profile by name, else a profile file by path; BadProfile when it is neither."""
    if name_or_path in names():
        return load(name_or_path)
    try:
        text = Path(name_or_path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadProfile(f"no profile file there, and no profile of this name ({', '.join(names())})") from error
    return parse(text)
