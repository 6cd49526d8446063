"""What the person at the terminal sees: one line a step, and errors that name their mend."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Failure(Exception):
	"""A step that cannot go on, with the line that mends it."""

	def __init__(self, what: str, mend: str = ""):
		super().__init__(what)
		self.what = what
		self.mend = mend


def say(text: str) -> None:
	"""Print one line at once."""
	print(text, flush=True)


@contextmanager
def step(title: str) -> Iterator[None]:
	"""Print a step when it begins and the seconds it took."""
	say(f"→ {title} …")
	began = time.monotonic()
	yield
	say(f"  done in {time.monotonic() - began:.1f} s")


def fail(error: Failure) -> int:
	"""Print a failure and its mend; return the exit status."""
	print(f"✗ {error.what}", file=sys.stderr)
	if error.mend:
		print(f"  To mend it: {error.mend}", file=sys.stderr)
	return 1
