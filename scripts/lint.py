"""Runs every check that reads the code without running it: style, types, import contracts, secrets, known weaknesses.

python scripts/lint.py [name ...]      only the named checks: ruff mypy imports rules secrets audit
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
AUDIT_SECONDS = 120


def command(*words: str) -> Callable[[], bool]:
    """A check that passes when the command of the virtual environment exits 0."""
    return lambda: subprocess.run([str(BIN / words[0]), *words[1:]], cwd=ROOT, check=False).returncode == 0


def audit() -> bool:
    """Known weaknesses of what is installed for use. No answer from the service is said, and is not a failure."""
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        words = ["-r", "requirements/pixels.txt", "--require-hashes", "--disable-pip", "-f", "json", "-o", out.name]
        try:
            done = subprocess.run(
                [str(BIN / "pip-audit"), "--progress-spinner", "off", "--timeout", "10", *words],
                cwd=ROOT,
                capture_output=True,
                text=True,
                timeout=AUDIT_SECONDS,
                check=False,
            )
            said = done.stderr
            found = json.loads(Path(out.name).read_text(encoding="utf-8"))
        except (subprocess.TimeoutExpired, ValueError) as error:
            words = said.strip().splitlines() if isinstance(error, ValueError) else []
            last = words[-1][:160] if words else "no answer"
            print(f"audit: not done, the vulnerability service could not be asked ({last})")
            return True
    return judged(found["dependencies"])


def judged(packages: list[dict[str, Any]]) -> bool:
    """Print what the service said of each package; one it does not know was not checked, and is not called clean."""
    checked = [package for package in packages if "skip_reason" not in package]
    if not checked:
        print(f"audit: not done, the vulnerability service knows none of the {len(packages)} packages")
        return True
    print(f"audit: {len(checked)} of {len(packages)} packages checked")
    weak = [(package, weakness) for package in checked for weakness in package.get("vulns", [])]
    for package, weakness in weak:
        mended = ", ".join(weakness["fix_versions"]) or "no release yet"
        print(f"audit: {package['name']} {package['version']}: {weakness['id']}, mended in {mended}")
    return not weak


CHECKS: dict[str, Callable[[], bool]] = {
    "ruff": command("ruff", "check", "--quiet", "."),
    "mypy": command("mypy", "--no-error-summary", "src", "scripts", "bench"),
    "imports": command("lint-imports", "--no-cache"),
    "rules": command("python", "-m", "pytest", "-q", "--no-header", "tests/architecture"),
    "secrets": command("python", "scripts/secrets_scan.py"),
    "audit": audit,
}


def main(names: list[str]) -> int:
    """Exit 1 when a check fails; all of them run."""
    if unknown := sorted(set(names) - set(CHECKS)):
        print(f"unknown checks: {', '.join(unknown)}; known: {', '.join(CHECKS)}", file=sys.stderr)
        return 2
    failed = []
    for name in names or CHECKS:
        print(f"== lint: {name} ==", flush=True)
        if not CHECKS[name]():
            failed.append(name)
    print(f"lint: failed: {', '.join(failed)}" if failed else "lint: all clean", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
