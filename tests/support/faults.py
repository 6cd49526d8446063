"""Killing processes of the running bench, which its supervisor starts again."""

import os
import signal

import psutil

from benchkit import stack as bench_stack
from benchkit.profile import Profile


def kill(profile: Profile, word: str) -> list[int]:
	"""Kill, without asking, the supervised processes whose command line has a word, with all they started;
	return their ids.
	"""
	pid = bench_stack.running_pid(profile)
	assert pid, "the bench is not running"
	children = [one for one in psutil.Process(pid).children() if one.status() != psutil.STATUS_ZOMBIE]
	found = [child.pid for child in children if word in " ".join(child.cmdline())]
	assert found, f"no process of {word}"
	for one in found:
		# Each is the leader of a group of its own (benchkit/supervisor.py).
		os.killpg(one, signal.SIGKILL)
	return found
