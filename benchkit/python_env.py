"""The virtual environment, locked by hash: one for each framework source."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from benchkit import stamp
from benchkit.console import Failure, step
from benchkit.profile import ROOT, Profile

REQUIREMENTS = ROOT / "benchkit" / "requirements"


def ensure(profile: Profile) -> None:
	"""Make or bring up to date the profile's environment."""
	lock = REQUIREMENTS / ("upstream-lock.txt" if profile.upstream else "lock.txt")
	bootstrap = REQUIREMENTS / "bootstrap.txt"
	mark = profile.env / ".lab-stamp"
	value = stamp.digest(sys.version, lock, bootstrap)
	if not stamp.fresh(mark, value):
		with step(f"Python environment ({profile.env.name}/)"):
			_build(profile.env, bootstrap, lock)
		stamp.write(mark, value)
	_link_apps(profile)


def _build(env: Path, bootstrap: Path, lock: Path) -> None:
	if not (env / "bin" / "python").exists():
		shutil.rmtree(env, ignore_errors=True)
		_run([sys.executable, "-m", "venv", str(env)])
	python = str(env / "bin" / "python")
	_run(
		[
			python,
			"-m",
			"pip",
			"install",
			"-q",
			"--disable-pip-version-check",
			"--require-hashes",
			"-r",
			str(bootstrap),
		]
	)
	_run(
		[
			str(env / "bin" / "uv"),
			"pip",
			"install",
			"-q",
			"--python",
			python,
			"--require-hashes",
			"-r",
			str(lock),
		]
	)


def _link_apps(profile: Profile) -> None:
	"""Put the apps on the environment's path, as a development install does."""
	packages = next((profile.env / "lib").glob("python3*/site-packages"))
	lines = "".join(f"{path}\n" for path in (*profile.apps.values(), ROOT))
	link = packages / "lab_bench.pth"
	if not link.exists() or link.read_text() != lines:
		link.write_text(lines)


def _run(command: list[str]) -> None:
	# Settings of an outer environment must not leak into this one; certificates are those the system trusts.
	outer = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME")}
	environment = {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1", **outer}
	done = subprocess.run(command, env=environment, capture_output=True, text=True)
	if done.returncode:
		text = (done.stderr or done.stdout).strip()[-1500:]
		raise Failure(
			f"{' '.join(command[:4])} … failed:\n{text}",
			"check the network to the package registry and run again",
		)
