"""Keeps the bench's processes alive: starts them, restarts what dies, ends them all together."""

import ctypes
import os
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

from benchkit import processes
from benchkit.console import say
from benchkit.profile import Profile

RESTART_AFTER = 1.0  # seconds; doubled with every death in a row
RESTART_AT_MOST = 30.0
LIVED_WELL = 60.0  # a process that lived this long starts again at once
STOP_SECONDS = 20.0
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass
class Child:
	"""One process and what is known of its lives."""

	name: str
	argv: list[str]
	popen: subprocess.Popen | None = None
	started: float = 0.0
	deaths: int = 0
	start_at: float = field(default_factory=time.monotonic)


class Supervisor:
	"""Runs the named processes of a profile until it is told to stop."""

	def __init__(self, profile: Profile, names: list[str]):
		self.profile = profile
		self.children = [Child(name, processes.command(profile, name)) for name in names]
		self.stopping = False

	def run(self) -> None:
		"""Start everything and stay until SIGTERM or SIGINT; then stop everything, the stores last."""
		for number in (signal.SIGTERM, signal.SIGINT):
			signal.signal(number, self._stop_soon)
		try:
			while not self.stopping:
				for child in self.children:
					self._tend(child)
				time.sleep(0.2)
		finally:
			self._stop_all()

	def _stop_soon(self, *_args) -> None:
		self.stopping = True

	def _tend(self, child: Child) -> None:
		if child.popen and child.popen.poll() is None:
			return
		now = time.monotonic()
		if child.popen:
			self._note_death(child, now)
		if now >= child.start_at:
			child.popen = start(self.profile, child.name, child.argv)
			child.started = now

	def _note_death(self, child: Child, now: float) -> None:
		child.deaths = 0 if now - child.started > LIVED_WELL else child.deaths + 1
		wait = min(RESTART_AFTER * 2 ** max(child.deaths - 1, 0), RESTART_AT_MOST)
		say(f"✗ {child.name} ended with status {child.popen.returncode}; starting it again in {wait:.0f} s")
		child.popen = None
		child.start_at = now + wait

	def _stop_all(self) -> None:
		"""End the workers, then the stores: nothing must lose its database while it finishes."""
		stores = [c for c in self.children if c.name in processes.STORES]
		others = [c for c in self.children if c.name not in processes.STORES]
		for group in (others, stores):
			stop([child.popen for child in group if child.popen])


def start(profile: Profile, name: str, argv: list[str]) -> subprocess.Popen:
	"""Start one process in a process group of its own, its output in `log/<name>.log`."""
	profile.logs.mkdir(parents=True, exist_ok=True)
	with (profile.logs / f"{name}.log").open("ab") as log:
		return subprocess.Popen(
			argv,
			cwd=processes.folder(profile),
			env=processes.environment(profile),
			stdin=subprocess.DEVNULL,
			stdout=log,
			stderr=subprocess.STDOUT,
			start_new_session=True,
			preexec_fn=_die_with_parent,
		)


def stop(popens: list[subprocess.Popen]) -> None:
	"""End processes with all they started: politely, and after 20 s without asking."""
	for popen in popens:
		_signal(popen, signal.SIGTERM)
	deadline = time.monotonic() + STOP_SECONDS
	for popen in popens:
		try:
			popen.wait(max(deadline - time.monotonic(), 0.1))
		except subprocess.TimeoutExpired:
			_signal(popen, signal.SIGKILL)
			popen.wait()
		_signal(popen, signal.SIGKILL)


def _signal(popen: subprocess.Popen, number: int) -> None:
	try:
		os.killpg(popen.pid, number)
	except ProcessLookupError:
		return  # the whole group has ended already


def _die_with_parent() -> None:
	# If the supervisor itself is killed, nothing must be left holding the ports.
	_libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def pid_file(profile: Profile) -> Path:
	"""Return where the background supervisor's process id stands."""
	return profile.data / "supervisor.pid"
