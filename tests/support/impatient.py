"""The command `isocentre` for the kill test: a process that keeps dying is started again after half a second.

Under constant kills the growing pauses of the supervisors, of `up` and of both sides, would be most of the run. And an
image that was at work in eight killed processes would be taken for the cause and held: here it never is.
"""

from __future__ import annotations

import sys

from isocentre.cli import supervisor, up
from isocentre.cli.main import main
from isocentre.jobs import claims

if __name__ == "__main__":
    supervisor.LONGEST_PAUSE = 0.5
    claims.MAX_ATTEMPTS = 10_000
    up.ISOCENTRE = [sys.executable, "-m", "support.impatient"]
    main()
