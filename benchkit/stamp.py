"""Stamps: a step is done again only when what it was made from has changed."""

import fcntl
import hashlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


def digest(*parts: str | bytes | Path) -> str:
	"""Return a hash over texts and file contents."""
	sha = hashlib.sha256()
	for part in parts:
		raw = (
			part.read_bytes() if isinstance(part, Path) else part.encode() if isinstance(part, str) else part
		)
		sha.update(len(raw).to_bytes(8, "big") + raw)
	return sha.hexdigest()


def tree(folder: Path, patterns: Iterable[str]) -> str:
	"""Return a hash over the names and contents of the files of `folder` that match."""
	files = sorted({path for pattern in patterns for path in folder.rglob(pattern) if path.is_file()})
	return digest(*(part for path in files for part in (str(path.relative_to(folder)), path)))


def fresh(path: Path, value: str) -> bool:
	"""Return whether the stamp at `path` holds `value`."""
	return path.exists() and path.read_text() == value


def write(path: Path, value: str) -> None:
	"""Set the stamp, after the step succeeded."""
	path.parent.mkdir(parents=True, exist_ok=True)
	path.write_text(value)


@contextmanager
def alone(path: Path) -> Iterator[None]:
	"""Hold the lock file `path`: what benches of one checkout share is made by one of them at a time."""
	path.parent.mkdir(parents=True, exist_ok=True)
	with path.open("w") as file:
		fcntl.flock(file, fcntl.LOCK_EX)
		yield
