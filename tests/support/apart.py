"""Each side as on a machine of its own: its data folder, its `isocentre up`, and all of it in one memory cgroup."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from support.cgroup import Group, limited
from support.running import running
from support.system import System, seed


@contextmanager
def apart(folder: Path, megabytes: int) -> Iterator[tuple[System, list[Group]]]:
    """Both sides, joined and filled, each within so many MiB; seen together as one system. Commands run outside."""
    with ExitStack() as stack:
        groups = [stack.enter_context(limited(megabytes, side)) for side in ("platform", "gateway")]
        groups[0].enter()
        national = stack.enter_context(running(folder / "national", ISOCENTRE_ZONE="platform"))
        groups[0].leave()
        code = national.command("gateway", "invite", "--site", "LOCAL", "--name", "northmoor").stdout.strip()
        joined = national.command("gateway", "join", national.platform, code, home=folder / "hospital",
                                  ISOCENTRE_ZONE="gateway")  # fmt: skip
        assert joined.returncode == 0, joined.stderr
        groups[1].enter()
        hospital = stack.enter_context(running(folder / "hospital", ISOCENTRE_ZONE="gateway"))
        groups[1].leave()
        both = folder / "both"
        both.mkdir()
        (both / "platform").symlink_to(folder / "national" / "platform")
        (both / "gateway").symlink_to(folder / "hospital" / "gateway")
        environment = {k: v for k, v in hospital.environment.items() if k != "ISOCENTRE_ZONE"}
        it = replace(hospital, home=both, platform=national.platform, environment=environment | {
            "ISOCENTRE_HOME": str(both)})  # fmt: skip
        cookies = seed("platform", it)
        seed("gateway", it)
        yield System(it, cookies), groups
