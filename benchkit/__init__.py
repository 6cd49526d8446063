"""Puts the bench together and runs it. Starts with nothing but the standard library."""

import sys

MINIMUM = (3, 11)

if sys.version_info < MINIMUM:
	sys.exit(
		f"✗ Python {sys.version.split()[0]} is too old\n"
		f"  To mend it: use Python {'.'.join(map(str, MINIMUM))} or newer"
	)
