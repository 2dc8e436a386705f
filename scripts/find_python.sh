#!/bin/sh
# Prints the path of a Python 3.11 to 3.13 that can make a virtual environment; else one line that says what to install, exit 1.
found=""
for name in "$PYTHON" python3 python3.13 python3.12 python3.11; do
    [ -n "$name" ] || continue
    version=$("$name" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
    case "$version" in 3.11 | 3.12 | 3.13) ;; *) continue ;; esac
    found=$version
    if "$name" -c 'import venv, ensurepip' 2>/dev/null; then
        command -v "$name"
        exit 0
    fi
done
if [ -n "$found" ]; then
    echo "Python $found is here without venv: install the package python$found-venv (or python3-venv) and try again." >&2
else
    echo "No Python 3.11, 3.12 or 3.13 found: install the packages python3 and python3-venv and try again." >&2
fi
exit 1
