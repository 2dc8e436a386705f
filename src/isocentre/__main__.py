"""`python -m isocentre` is the command `isocentre`."""

from isocentre.cli.main import main

main()
