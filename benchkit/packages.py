"""Operating-system packages: asked for by what they bring, installed through apt when they are missing."""

import os
import shutil
import subprocess
from pathlib import Path

from benchkit.console import Failure, step

# command or file that shows the package is there → Debian package
NEEDED = {
	"mariadbd": "mariadb-server",
	"mariadb": "mariadb-client",
	"redis-server": "redis-server",
	"nginx": "nginx-light",
	"wkhtmltopdf": "wkhtmltopdf",
	"git": "git",
	"pdftoppm": "poppler-utils",
	"/usr/lib/x86_64-linux-gnu/libpango-1.0.so.0": "libpango-1.0-0",
	"/usr/lib/x86_64-linux-gnu/libpangoft2-1.0.so.0": "libpangoft2-1.0-0",
	"/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf": "fonts-dejavu-core",
	"/usr/share/fonts/truetype/liberation/LiberationSans-Regular.ttf": "fonts-liberation",
}
FOR_TESTS = {"chromium": "chromium"}
SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def ensure(with_tests: bool = False) -> None:
	"""Install the missing packages.

	Raises:
		Failure: apt is missing, the user is not root, or apt could not install.
	"""
	missing = sorted({deb for mark, deb in _needed(with_tests).items() if not _present(mark)})
	if not missing:
		return
	line = f"apt-get update && apt-get install -y --no-install-recommends {' '.join(missing)}"
	if not shutil.which("apt-get"):
		raise Failure(
			f"missing OS packages: {', '.join(missing)}, and there is no apt-get", "install their equivalents"
		)
	if os.geteuid() != 0:
		raise Failure(
			f"missing OS packages: {', '.join(missing)}, and only root may install them",
			f"sudo sh -c '{line}'",
		)
	with step(f"installing OS packages: {', '.join(missing)}"):
		_apt(["update", "-qq"], line)
		_apt(["install", "-y", "-qq", "--no-install-recommends", *missing], line)


def _needed(with_tests: bool) -> dict[str, str]:
	return {**NEEDED, **FOR_TESTS} if with_tests else NEEDED


def _present(mark: str) -> bool:
	if not mark.startswith("/"):
		return bool(shutil.which(mark, path=f"{os.environ.get('PATH', '')}:{SYSTEM_PATH}"))
	library = Path(mark)
	# The multi-arch folder differs by processor; look beside the named one too.
	return library.exists() or any(Path("/usr/lib").glob(f"*/{library.name}"))


def _apt(arguments: list[str], line: str) -> None:
	# Packages must not start services of their own: the bench runs its own processes.
	environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
	done = subprocess.run(["apt-get", *arguments], env=environment, capture_output=True, text=True)
	if done.returncode:
		last = (done.stderr or done.stdout).strip().splitlines()[-1:]
		raise Failure(f"apt-get {arguments[0]} failed: {' '.join(last)}", line)
