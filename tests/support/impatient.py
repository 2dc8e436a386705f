"""The command `isocentre` for the kill test: a process that keeps dying is started again after half a second.

Under constant kills the growing pauses of the supervisors, of `up` and of both sides, would be most of the run.
"""

from __future__ import annotations

import sys

from isocentre.cli import supervisor, up
from isocentre.cli.main import main

if __name__ == "__main__":
    supervisor.LONGEST_PAUSE = 0.5
    up.ISOCENTRE = [sys.executable, "-m", "support.impatient"]
    main()
