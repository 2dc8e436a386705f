"""De-identification profiles that ship with Isocentre, each in versions: `load` one, `names` lists them.

NAME.yaml is version 1, NAME.vN.yaml version N. A version that RELEASED.sha256 does not name is a draft: it is loaded
only where it is asked for by its version.
"""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files
from pathlib import Path

from isocentre.core.deid.profile import MOST_BYTES, BadProfile, Profile, parse

_FILE = re.compile(r"([a-z0-9-]+)(?:\.v([0-9]+))?\.yaml")
_ASKED = re.compile(r"([a-z0-9-]+)(?:(?:@|\.v)([0-9]{1,6}))?")
_LINE = re.compile(r"[0-9a-f]{64}  ([a-z0-9-]+) v([0-9]+)")


@cache
def _installed() -> dict[str, dict[int, str]]:
    """File names by version, by name."""
    found: dict[str, dict[int, str]] = {}
    for entry in files(__name__).iterdir():
        if match := _FILE.fullmatch(entry.name):
            found.setdefault(match[1], {})[int(match[2] or 1)] = entry.name
    return found


def names() -> list[str]:
    """Names of the profiles installed."""
    return sorted(_installed())


def versions(name: str) -> list[int]:
    """Versions of a profile that are installed, drafts too; none when there is no profile of this name."""
    return sorted(_installed().get(name, {}))


@cache
def drafts(name: str) -> frozenset[int]:
    """Versions of a profile that are installed but not released."""
    lines = (files(__name__) / "RELEASED.sha256").read_text(encoding="utf-8").splitlines()
    released = {(match[1], int(match[2])) for line in lines if (match := _LINE.fullmatch(line))}
    return frozenset(version for version in versions(name) if (name, version) not in released)


def load(name: str, version: int | None = None) -> Profile:
    """The installed profile of this name, by default its newest released version; BadProfile when there is none."""
    if name not in names():
        raise BadProfile(f"there is no profile of this name; there are {', '.join(names())}")
    offered = versions(name) if version else [v for v in versions(name) if v not in drafts(name)]
    chosen = version or max(offered, default=0)
    if chosen not in offered:
        here = f"there are {', '.join(map(str, versions(name)))}"
        lacking = f"profile {name} is not installed in version {version}; {here}"
        raise BadProfile(lacking if version else f"{name} is a draft: ask for {name}@{max(versions(name))}")
    return _read(_installed()[name][chosen])


@cache
def _read(file: str) -> Profile:
    """Profiles are compared by identity, so each is read once."""
    return parse((files(__name__) / file).read_text(encoding="utf-8"))


def everyone() -> list[Profile]:
    """Every version of every profile installed, drafts too, by name and version."""
    return [load(name, version) for name in names() for version in versions(name)]


def is_draft(profile: Profile) -> bool:
    """Whether this is not the text of a released version."""
    name, version = profile.name, profile.version
    if version not in versions(name) or version in drafts(name):
        return True
    return load(name, version).sha256 != profile.sha256


def installed(asked: str) -> Profile:
    """An installed profile by NAME (its newest released version), NAME@VERSION or NAME.vVERSION; else BadProfile."""
    match = _ASKED.fullmatch(asked)
    if match is None:
        raise BadProfile(f"there is no profile of this name; there are {', '.join(names())}")
    return load(match[1], int(match[2]) if match[2] else None)


def released(asked: str) -> Profile:
    """As `installed`, and not a draft: what a hospital may put in force."""
    profile = installed(asked)
    if is_draft(profile):
        raise BadProfile(f"version {profile.version} of {profile.name} is a draft, and may change")
    return profile


def load_any(name_or_path: str) -> Profile:
    """As `installed`, else a profile file by path; BadProfile when it is neither."""
    match = _ASKED.fullmatch(name_or_path)
    if match and match[1] in names():
        return installed(name_or_path)
    return load_file(Path(name_or_path))


def load_file(path: Path) -> Profile:
    """The profile in a file; BadProfile when there is none, or it cannot be used."""
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES + 1).decode("utf-8")
    except OSError as error:
        raise BadProfile(f"no profile file there, and no profile of this name ({', '.join(names())})") from error
    except UnicodeDecodeError as error:
        raise BadProfile("the file is no text in UTF-8") from error
    return parse(text)
