"""A bench with the demo network from the first command to the last: `make up`, `make demo`, `make down`."""

import json
import os
import re
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from benchkit import stack
from benchkit.profile import ROOT, Profile, current
from lab_crm.install import ROLES, WEBSITE_ROLES
from tests.support.stack import wait_for

START_SECONDS = 20
HONCHO_SECONDS = 60
NAME = "demo"


def run(*arguments: str) -> subprocess.CompletedProcess:
	"""Run one benchkit command on the bench of this file."""
	return subprocess.run(
		[sys.executable, "-m", "benchkit", *arguments],
		cwd=ROOT,
		env={**os.environ, "BENCH_PROFILE": NAME},
		capture_output=True,
		text=True,
		timeout=600,
	)


@pytest.fixture(scope="module")
def bench() -> Iterator[Profile]:
	"""The bench, set up and running; stopped at the end."""
	profile = current(NAME)
	started = run("up")
	assert started.returncode == 0, started.stdout + started.stderr
	yield profile
	run("down")


def processes_of(profile: Profile) -> list[str]:
	"""Return the command lines of running processes that belong to a bench."""
	mark = f"{profile.data}/"
	found = []
	for path in Path("/proc").glob("[0-9]*/cmdline"):
		try:
			line = path.read_bytes().replace(b"\0", b" ").decode(errors="replace")
		except (FileNotFoundError, ProcessLookupError):
			continue  # it ended while we looked
		if mark in line and f"/proc/{os.getpid()}/" not in str(path):
			found.append(line)
	return found


@contextmanager
def frozen(profile: Profile, word: str) -> Iterator[None]:
	"""Stop the process of the bench whose command line holds `word`, as if its machine had died."""
	port = str(profile.port("lis"))
	pids = []
	for path in Path("/proc").glob("[0-9]*/cmdline"):
		try:
			words = path.read_bytes().decode(errors="replace").split("\0")
		except (FileNotFoundError, ProcessLookupError):
			continue  # it ended while we looked
		if word in words and port in words:
			pids.append(int(path.parent.name))
	assert len(pids) == 1, f"{word}: processes {pids}"
	os.kill(pids[0], signal.SIGSTOP)
	try:
		yield
	finally:
		os.kill(pids[0], signal.SIGCONT)


def test_the_journey_holds_from_booking_to_the_next_booking(bench):
	done = run("demo")
	assert done.returncode == 0, done.stdout + done.stderr
	steps = re.findall(r"^✓ +(\d+)/(\d+) ", done.stdout, re.M)
	assert steps, done.stdout
	assert [int(number) for number, _all in steps] == list(range(1, int(steps[0][1]) + 1)), done.stdout


def test_the_journey_fails_and_says_where_when_the_lis_is_away(bench):
	with frozen(bench, "lab_crm.demo.lis_server"):
		done = run("demo", "--patience", "12")
	assert done.returncode != 0, done.stdout
	assert "✗" in done.stdout and "LIS" in done.stdout.splitlines()[-1], done.stdout


def test_the_state_file_is_private_and_has_a_login_for_every_role(bench):
	assert stat.S_IMODE(bench.stack_file.stat().st_mode) == 0o600
	state = json.loads(bench.stack_file.read_text())
	assert {"Administrator", *ROLES, *WEBSITE_ROLES} <= {login["role"] for login in state["logins"]}
	assert all(login["api_key"] and login["api_secret"] and login["password"] for login in state["logins"])


def test_it_stops_without_leaving_a_process_and_starts_again_soon(bench):
	down = run("down")
	assert down.returncode == 0, down.stdout + down.stderr
	assert processes_of(bench) == []
	began = time.monotonic()
	up = run("up")
	assert up.returncode == 0, up.stdout + up.stderr
	assert time.monotonic() - began < START_SECONDS


@pytest.fixture
def under_honcho(bench) -> Iterator[subprocess.Popen]:
	"""The whole Procfile under another process manager; the bench is up as before at the end."""
	assert run("down").returncode == 0
	runner = bench.env / "bin" / "honcho"
	environment = {
		**os.environ,
		"BENCH_PROFILE": NAME,
		# The runner's own interpreter must be found as python3, as in an activated environment.
		"PATH": f"{bench.env / 'bin'}:{os.environ['PATH']}",
	}
	quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
	honcho = subprocess.Popen([str(runner), "start"], cwd=ROOT, env=environment, **quiet)
	try:
		yield honcho
	finally:
		end(honcho)
		assert run("up").returncode == 0


def end(honcho: subprocess.Popen) -> None:
	"""End a runner, which ends what it has started."""
	if honcho.poll() is None:
		honcho.send_signal(signal.SIGTERM)
	honcho.wait(START_SECONDS)


def test_a_bench_under_another_process_manager_serves_and_is_recognised(bench, under_honcho):
	bench.stack_file.unlink()
	wait_for(lambda: stack.running(bench), "the bench under honcho is recognised", HONCHO_SECONDS)
	ping = requests.get(f"http://127.0.0.1:{bench.port('web')}/api/method/ping", timeout=10)
	assert (ping.status_code, ping.json()["message"]) == (200, "pong")
	assert json.loads(bench.stack_file.read_text())["web"] == f"http://127.0.0.1:{bench.port('web')}"

	again, down = run("up"), run("down")
	assert (again.returncode, again.stdout.split(":")[0]) == (0, "already up"), again.stdout + again.stderr
	assert "another process manager" in down.stdout and under_honcho.poll() is None
	# How far it comes without patience is another test's matter.
	demo = run("demo", "--patience", "0")
	assert "the stack is not running" not in demo.stdout + demo.stderr and "1/" in demo.stdout

	end(under_honcho)
	assert not stack.running(bench) and processes_of(bench) == []
	refused = run("demo")
	assert refused.returncode != 0 and "the stack is not running" in refused.stderr
