"""`python3 -m benchkit <command>`: puts the bench together and runs it, with the standard library alone."""

import argparse
import os
import subprocess
import sys

from benchkit import console, processes, quality, site, stack
from benchkit.console import Failure
from benchkit.profile import ROOT, Profile, current


def _demo(profile: Profile, arguments: list[str]) -> int:
	if not stack.running(profile):
		raise Failure("the stack is not running", "make run (or make up) first")
	command = [str(profile.python), "-m", "lab_crm.demo.journey", "--stack", str(profile.stack_file)]
	return subprocess.run([*command, *arguments], cwd=ROOT, env=processes.environment(profile)).returncode


def _frappe(profile: Profile, arguments: list[str]) -> int:
	command = processes.frappe_command(
		profile, *(arguments if "--site" in arguments else ["--site", profile.site, *arguments])
	)
	# On a bench that is down the command has its database all the same.
	with site.stores(profile):
		return subprocess.run(command, cwd=profile.sites, env=processes.environment(profile)).returncode


def _no_result(action):
	def run(profile: Profile, _arguments: list[str]) -> int:
		action(profile)
		return 0

	return run


def _supervise(profile: Profile, arguments: list[str]) -> int:
	stack.supervise(profile, arguments)
	return 0


def _process(profile: Profile, arguments: list[str]) -> int:
	processes.replace_self(profile, arguments[0])
	return 1  # never reached: the process has become the other one


COMMANDS = {
	"run": (_no_result(stack.run), "set up what is missing and run everything in the foreground"),
	"up": (_no_result(stack.up), "the same in the background"),
	"down": (_no_result(stack.down), "stop the background stack"),
	"setup": (_no_result(stack.set_up), "set up what is missing, start nothing"),
	"demo": (_demo, "one patient's journey over the real interfaces of the running stack"),
	"test": (quality.test, "all tests, the browser included (arguments go to pytest)"),
	"bench": (quality.bench, "the benchmarks, one JSON object a line"),
	"lint": (quality.lint, "ruff, DocType and translation checks"),
	"audit": (quality.audit, "known vulnerabilities of the locked packages (needs the advisory databases)"),
	"frappe": (_frappe, "one of the framework's own commands on the site: migrate, backup, console, …"),
	"process": (_process, "become one process of the Procfile"),
	"supervise": (_supervise, "the background supervisor itself"),
}


def main() -> int:
	"""Run the command named on the command line; return its exit status."""
	listing = "\n".join(f"  {name:<10} {text}" for name, (_run, text) in COMMANDS.items())
	parser = argparse.ArgumentParser(
		prog="benchkit",
		description=__doc__,
		epilog=listing,
		formatter_class=argparse.RawDescriptionHelpFormatter,
	)
	parser.add_argument("command", choices=COMMANDS, metavar="command")
	parser.add_argument("arguments", nargs=argparse.REMAINDER)
	given = parser.parse_args()
	os.chdir(ROOT)
	try:
		return COMMANDS[given.command][0](current(), given.arguments)
	except Failure as failure:
		return console.fail(failure)
	except KeyboardInterrupt:
		return 130


if __name__ == "__main__":
	sys.exit(main())
