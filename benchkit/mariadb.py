"""MariaDB as a process of the bench: own configuration, own data, never the system's instance."""

import os
import shutil
import subprocess
from pathlib import Path

from benchkit.console import Failure, step
from benchkit.profile import Profile, write_private

CONFIG = """[mariadbd]
datadir={folder}/data
socket={folder}/mariadb.sock
pid-file={folder}/mariadb.pid
log-error={folder}/error.log
bind-address=127.0.0.1
port={port}
character-set-server=utf8mb4
collation-server=utf8mb4_unicode_ci
innodb_flush_log_at_trx_commit=1
innodb_buffer_pool_size=512M
innodb_log_file_size=128M
innodb_read_only_compressed=OFF
max_allowed_packet=64M
max_connections=200
skip-log-bin
[client]
socket={folder}/mariadb.sock
user=root
password={password}
default-character-set=utf8mb4
"""
# One root, with a password: the installer makes three more without one, and other versions anonymous users.
INIT = """ALTER USER root@localhost IDENTIFIED BY '{password}';
DELETE FROM mysql.global_priv WHERE User = '' OR (User = 'root' AND Host <> 'localhost');
FLUSH PRIVILEGES;
"""


def folder(profile: Profile) -> Path:
	"""Return where the server keeps its files."""
	return profile.data / "mariadb"


def configure(profile: Profile) -> None:
	"""Write the configuration and, once, make the data directory with one password-protected root."""
	home = folder(profile)
	home.mkdir(parents=True, exist_ok=True)
	text = CONFIG.format(folder=home, port=profile.port("mariadb"), password=profile.secrets["db_root"])
	write_private(home / "my.cnf", text)
	# Run by the server at every start.
	write_private(home / "init.sql", INIT.format(password=profile.secrets["db_root"]))
	if (home / "data" / "mysql").exists():
		return
	with step("MariaDB data directory"):
		shutil.rmtree(home / "data", ignore_errors=True)
		options = ["--skip-test-db", "--auth-root-authentication-method=normal", *_as_user()]
		install = [_tool("mariadb-install-db"), f"--defaults-file={home / 'my.cnf'}", *options]
		done = subprocess.run(install, capture_output=True, text=True)
		if done.returncode:
			raise Failure(
				f"mariadb-install-db failed: {done.stderr.strip()[-600:]}",
				"check free disk space and run again",
			)


def command(profile: Profile) -> list[str]:
	"""Return the server's command line."""
	home = folder(profile)
	init = f"--init-file={home / 'init.sql'}"
	return [_tool("mariadbd"), f"--defaults-file={home / 'my.cnf'}", *_as_user(), init]


def answers(profile: Profile) -> bool:
	"""Return whether our server takes our root password."""
	ping = [_tool("mariadb-admin"), f"--defaults-file={folder(profile) / 'my.cnf'}", "ping"]
	return subprocess.run(ping, capture_output=True).returncode == 0


def _as_user() -> list[str]:
	# mariadbd refuses to run as root unless told so; the bench's own files belong to whoever runs it.
	return ["--user=root"] if os.geteuid() == 0 else []


def _tool(name: str) -> str:
	found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/bin")
	if not found:
		raise Failure(f"{name} is not installed", "make run installs it; or: apt-get install mariadb-server")
	return found
