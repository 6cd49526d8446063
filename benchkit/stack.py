"""Starting and stopping a whole bench."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchkit import assets, framework, nginx, packages, processes, python_env, site, stamp, supervisor
from benchkit.console import Failure, say, step
from benchkit.profile import FIXED_PORTS, ROOT, Profile, write_private
from benchkit.supervisor import Supervisor, pid_file

READY_SECONDS = 90
NEEDED_GIB = 3


def set_up(profile: Profile, with_tests: bool = False) -> None:
	"""Bring everything but the processes up to date."""
	profile.data.mkdir(parents=True, exist_ok=True)
	_check_disk(profile)
	_check_source(profile)
	with stamp.alone(ROOT / ".data" / "set-up.lock"):
		packages.ensure(with_tests)
		framework.ensure(profile)
		python_env.ensure(profile)
		assets.ensure(profile)
	site.ensure(profile)


def run(profile: Profile) -> None:
	"""Run the bench in the foreground until it is interrupted."""
	_refuse_second(profile)
	set_up(profile)
	_check_ports(profile)
	child = _supervise_in_background(profile)
	try:
		_wait_ready(profile, child)
		_greet(profile)
		child.wait()
	except KeyboardInterrupt:
		say("\nstopping …")
	finally:
		_end(child.pid)
		child.wait()
		pid_file(profile).unlink(missing_ok=True)
	say("stopped.")


def up(profile: Profile, with_tests: bool = False) -> None:
	"""Run the bench in the background."""
	if running(profile):
		say(f"already up: http://127.0.0.1:{profile.port('web')}")
		return
	set_up(profile, with_tests)
	_check_ports(profile)
	child = _supervise_in_background(profile)
	_wait_ready(profile, child)
	_greet(profile)


def down(profile: Profile) -> None:
	"""Stop the background bench and wait until nothing of it is left."""
	pid = running_pid(profile)
	if not pid:
		under_another = "it runs under another process manager: stop it there."
		say(under_another if running(profile) else "nothing is running.")
		return
	with step("stopping the bench"):
		_end(pid)
	pid_file(profile).unlink(missing_ok=True)
	say("stopped.")


def supervise(profile: Profile, names: list[str]) -> None:
	"""The supervisor's own process (started by `run` and `up`): all processes, or the named ones."""
	Supervisor(profile, names or list(processes.PROCESSES)).run()


@contextmanager
def started(profile: Profile) -> Iterator[None]:
	"""Have the bench running for as long as the block lasts (tests): a running one is used as it is.

	MariaDB and Redis may be running already (`site.stores`); they are left to whoever started them.
	"""
	if running(profile):
		yield
		return
	names = [name for name in processes.PROCESSES if name not in processes.STORES]
	with site.stores(profile):
		child = _supervise_in_background(profile, names)
		try:
			_wait_ready(profile, child)
			yield
		finally:
			_end(child.pid)
			child.wait()
			pid_file(profile).unlink(missing_ok=True)


def running_pid(profile: Profile) -> int | None:
	"""Return the supervisor's process id if it is alive and really ours."""
	try:
		pid = int(pid_file(profile).read_text())
		words = open(f"/proc/{pid}/cmdline", "rb").read().split(b"\0")
	except (FileNotFoundError, ValueError, ProcessLookupError):
		return None
	return pid if b"supervise" in words else None


def running(profile: Profile) -> bool:
	"""Say whether the bench runs: under the supervisor, or its Procfile under another process manager.

	The latter gets its state file here: nobody else knows that it is up.
	"""
	if running_pid(profile):
		return True
	if not _proxy_is_ours(profile) or _silent(profile):
		return False
	_write_stack(profile)
	return True


def _proxy_is_ours(profile: Profile) -> bool:
	"""Say whether a proxy with this bench's configuration runs: another checkout may have the same ports."""
	mark = str(nginx.config_file(profile)).encode()
	for path in Path("/proc").glob("[0-9]*/cmdline"):
		try:
			line = path.read_bytes()
		except (FileNotFoundError, ProcessLookupError):
			continue  # it ended while we looked
		if mark in line.replace(b"\0", b" ").split():
			return True
	return False


def _silent(profile: Profile) -> list[str]:
	"""Return what does not answer yet."""
	silent = [name for name in FIXED_PORTS if not _listening(profile.port(name))]
	answers = silent or _answers(f"http://127.0.0.1:{profile.port('web')}/api/method/ping")
	return silent if answers else ["web"]


def _supervise_in_background(profile: Profile, names: Iterable[str] = ()) -> subprocess.Popen:
	profile.logs.mkdir(parents=True, exist_ok=True)
	with (profile.logs / "supervisor.log").open("ab") as log:
		child = subprocess.Popen(
			[sys.executable, "-m", "benchkit", "supervise", *names],
			cwd=ROOT,
			env={**os.environ, "BENCH_PROFILE": profile.name},
			stdin=subprocess.DEVNULL,
			stdout=log,
			stderr=subprocess.STDOUT,
			start_new_session=True,
		)
	pid_file(profile).write_text(str(child.pid))
	return child


def _wait_ready(profile: Profile, child: subprocess.Popen) -> None:
	with step("starting the processes"):
		deadline = time.monotonic() + READY_SECONDS
		while silent := _silent(profile):
			if child.poll() is not None or time.monotonic() > deadline:
				_end(child.pid)
				raise Failure(
					f"the bench did not start; silent: {', '.join(silent)}",
					f"see the logs in {profile.logs}",
				)
			time.sleep(0.2)
	_write_stack(profile)


def _answers(url: str) -> bool:
	try:
		with urllib.request.urlopen(url, timeout=5) as response:
			return response.status == 200
	except (urllib.error.URLError, OSError):
		return False


def _listening(port: int) -> bool:
	with socket.socket() as probe:
		probe.settimeout(1)
		return probe.connect_ex(("127.0.0.1", port)) == 0


def _write_stack(profile: Profile) -> None:
	local = "127.0.0.1"
	state = {
		"site": profile.site,
		"web": f"http://{local}:{profile.port('web')}",
		"realtime": f"http://{local}:{profile.port('realtime')}",
		"mllp": {"host": local, "port": profile.port("mllp")},
		"lis": {"host": local, "port": profile.port("lis")},
		"astm": {"host": local, "port": profile.port("astm")},
		"mail": {"host": local, "port": profile.port("smtp"), "spool": str(profile.data / "mail")},
		"sms_log": str(profile.data / "sms.log"),
		"logins": json.loads((profile.data / "logins.json").read_text()),
	}
	write_private(profile.stack_file, json.dumps(state, indent=1, ensure_ascii=False) + "\n")


def _greet(profile: Profile) -> None:
	say(f"\nlab_crm is up: http://127.0.0.1:{profile.port('web')}  (desk: /app, booking: /book, portal: /my)")
	for login in json.loads((profile.data / "logins.json").read_text()):
		say(f"  {login['role']:<22} {login['user']:<38} {login['password']}")
	say(f"All of it for programs: {profile.stack_file.relative_to(ROOT)}\n")


def _refuse_second(profile: Profile) -> None:
	if running(profile):
		raise Failure("the bench is already running", "make down, or use the one that runs")


def _check_ports(profile: Profile) -> None:
	taken = [f"{profile.port(name)} ({name})" for name in FIXED_PORTS if _listening(profile.port(name))]
	if taken:
		mend = f"end what holds them, or move all ports: PORT_BASE={profile.port_base + 1000} make run"
		raise Failure(f"ports in use: {', '.join(taken)}", mend)


def _check_disk(profile: Profile) -> None:
	free = shutil.disk_usage(profile.data).free / 2**30
	if free < NEEDED_GIB:
		raise Failure(
			f"only {free:.1f} GiB free on the disk of {profile.data}",
			f"free at least {NEEDED_GIB} GiB and run again",
		)


def _check_source(profile: Profile) -> None:
	"""Keep a bench with the framework source it was made with: a database serves one of them."""
	mark = profile.data / "framework.source"
	source = "official checkout" if profile.upstream else "package registry"
	if not mark.exists():
		stamp.write(mark, source)
	made = mark.read_text()
	if made != source:
		mend = "set FRAPPE_PATH" if profile.upstream is False else "unset FRAPPE_PATH"
		raise Failure(
			f"this bench was made with the framework of the {made}, and now the {source} is asked for",
			f"{mend} as before, or take another bench: BENCH_PROFILE=<name>",
		)


def _end(pid: int) -> None:
	"""End a supervisor and wait for it; it ends its own processes first."""
	try:
		os.kill(pid, signal.SIGTERM)
	except ProcessLookupError:
		return
	deadline = time.monotonic() + 2 * supervisor.STOP_SECONDS + 5
	while time.monotonic() < deadline and _alive(pid):
		time.sleep(0.1)


def _alive(pid: int) -> bool:
	try:
		with open(f"/proc/{pid}/stat") as stat:
			return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
	except (FileNotFoundError, ProcessLookupError):
		return False
