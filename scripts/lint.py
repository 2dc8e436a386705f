"""Runs every check that reads the code without running it: style, types, import contracts, secrets, known weaknesses.

python scripts/lint.py [name ...]      only the named checks: ruff mypy imports rules secrets audit
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
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


# The longest first: they run at once.
CHECKS: dict[str, Callable[[], bool]] = {
    "mypy": command("mypy", "--no-error-summary", "src", "scripts", "bench"),
    "ruff": command("ruff", "check", "--quiet", "."),
    "imports": command("lint-imports", "--no-cache"),
    "rules": command("python", "-m", "pytest", "-q", "--no-header", "tests/architecture"),
    "secrets": command("python", "scripts/secrets_scan.py"),
    "audit": audit,
}


def main(names: list[str]) -> int:
    """Exit 1 when a check fails; all of them run, several at once, and each says what it has to say by itself."""
    if unknown := sorted(set(names) - set(CHECKS)):
        print(f"unknown checks: {', '.join(unknown)}; known: {', '.join(CHECKS)}", file=sys.stderr)
        return 2
    if len(names) == 1:
        return 0 if CHECKS[names[0]]() else 1
    print(f"lint: {', '.join(names or CHECKS)}", flush=True)
    failed = []
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for name, done in [(name, pool.submit(_apart, name)) for name in names or CHECKS]:
            code, said = done.result()
            print(f"== lint: {name} ==\n{said}", end="", flush=True)
            if code:
                failed.append(name)
    print(f"lint: failed: {', '.join(failed)}" if failed else "lint: all clean", flush=True)
    return 1 if failed else 0


def _apart(name: str) -> tuple[int, str]:
    """Exit code of one check in a process of its own, and what it said."""
    done = subprocess.run(
        [sys.executable, __file__, name], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    return done.returncode, done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
