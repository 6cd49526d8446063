"""Tests, benchmarks and checks."""

import json
import os
import subprocess
import time

from benchkit import framework, packages, processes, python_env, stack
from benchkit.console import Failure, say
from benchkit.profile import ROOT, Profile, current


def test(_profile: Profile, arguments: list[str]) -> int:
	"""Set the test bench up and run pytest on it; the tests start what they need."""
	profile = current(os.environ.get("BENCH_PROFILE") or "test")
	stack.set_up(profile, with_tests=True)
	command = [str(profile.python), "-m", "pytest", *(arguments or [])]
	environment = {**processes.environment(profile), "BENCH_PROFILE": profile.name}
	return subprocess.run(command, cwd=ROOT, env=environment).returncode


def bench(_profile: Profile, arguments: list[str]) -> int:
	"""Run the benchmarks on a bench of their own, started for them."""
	profile = current("bench")
	stack.set_up(profile)
	began = time.monotonic()
	stack.up(profile)
	_print_cold_start(time.monotonic() - began)
	try:
		command = [str(profile.python), "-m", "lab_crm.demo.bench", "--stack", str(profile.stack_file)]
		environment = processes.environment(profile)
		return subprocess.run([*command, *arguments], cwd=profile.sites, env=environment).returncode
	finally:
		stack.down(profile)


def _print_cold_start(seconds: float) -> None:
	figure = {
		"metric": "cold_start",
		"value": round(seconds, 2),
		"unit": "s",
		"baseline": None,
		"ratio": None,
	}
	say(json.dumps({**figure, "target": "< 20", "n": 1, "note": "make up on a built bench"}))


def lint(profile: Profile, _arguments: list[str]) -> int:
	"""ruff and the checks of DocTypes and translations."""
	packages.ensure()
	framework.ensure(profile)
	python_env.ensure(profile)
	python = str(profile.python)
	checks = [
		[python, "-m", "ruff", "check", "."],
		[python, "-m", "ruff", "format", "--check", "."],
		[python, "-m", "benchkit.checks"],
	]
	failed = [subprocess.run(check, cwd=ROOT).returncode for check in checks]
	if any(failed):
		raise Failure("lint found something", "see above; `ruff format .` mends the format")
	say("lint: clean")
	return 0


def audit(profile: Profile, _arguments: list[str]) -> int:
	"""Ask the advisory databases about the locked packages."""
	python_env.ensure(profile)
	# Strict: a package that the databases were not asked about is no package without holes.
	tool = [str(profile.env / "bin" / "uv"), "tool", "run", "pip-audit", "--strict", "--require-hashes"]
	failed = [
		name
		for name in ("lock.txt", "upstream-lock.txt")
		if subprocess.run([*tool, "-r", str(python_env.REQUIREMENTS / name)]).returncode
	]
	if subprocess.run(["npm", "audit", "--omit=dev"], cwd=processes.NODE).returncode:
		failed.append("package-lock.json")
	if failed:
		raise Failure(
			f"holes are known, or the advisory databases did not answer for: {', '.join(failed)}",
			"see above; where the databases cannot be reached, run it on a machine that can",
		)
	say("audit: nothing known")
	return 0
