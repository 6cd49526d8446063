"""Desk assets: npm packages by the committed lock, then our own build (benchkit/node)."""

import os
import subprocess
from pathlib import Path

from benchkit import stamp
from benchkit.console import Failure, step
from benchkit.processes import NODE
from benchkit.profile import Profile

# npm trusts its own list only, unless told of the system's.
SYSTEM_CERTIFICATES = "/etc/ssl/certs/ca-certificates.crt"


def ensure(profile: Profile) -> None:
	"""Install the npm packages and build what has changed."""
	_packages()
	_arrange_sites(profile)
	apps = _apps_folder(profile)
	command = [
		"node",
		str(NODE / "build.mjs"),
		"--sites",
		str(profile.sites),
		"--apps-dir",
		str(apps),
		"--production",
	]
	done = subprocess.run(command, capture_output=True, text=True)
	if done.returncode:
		raise Failure(
			f"asset build failed:\n{(done.stderr or done.stdout).strip()[-1500:]}", "see the message above"
		)


def _packages() -> None:
	lock = NODE / "package-lock.json"
	mark = NODE / "node_modules" / ".lab-stamp"
	value = stamp.digest(lock, NODE / "package.json")
	if stamp.fresh(mark, value):
		return
	with step("npm packages for the desk's assets"):
		command = [
			"npm",
			"ci",
			"--no-audit",
			"--no-fund",
			"--legacy-peer-deps",
			"--ignore-scripts=false",
			"--loglevel=error",
		]
		environment = {"NODE_EXTRA_CA_CERTS": SYSTEM_CERTIFICATES, **os.environ}
		done = subprocess.run(command, cwd=NODE, capture_output=True, text=True, env=environment)
		if done.returncode:
			raise Failure(
				f"npm ci failed: {done.stderr.strip()[-800:]}",
				"check the network to the package registry and run again",
			)
	stamp.write(mark, value)


def _arrange_sites(profile: Profile) -> None:
	profile.sites.mkdir(parents=True, exist_ok=True)
	apps = profile.sites / "apps.txt"
	text = "".join(f"{name}\n" for name in profile.apps)
	if not apps.exists() or apps.read_text() != text:
		apps.write_text(text)


def _apps_folder(profile: Profile) -> Path:
	"""Return a folder that holds one link an app: the apps themselves may lie anywhere."""
	folder = profile.data / "apps"
	folder.mkdir(parents=True, exist_ok=True)
	for link in folder.iterdir():
		if link.name not in profile.apps:
			link.unlink()
	for name, path in profile.apps.items():
		link = folder / name
		if not link.is_symlink() or os.readlink(link) != str(path):
			link.unlink(missing_ok=True)
			link.symlink_to(path)
	return folder
