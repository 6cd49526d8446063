"""The site of a bench: its database, apps, set-up wizard, users and, on the demo bench, the demo network."""

import json
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchkit import mariadb, processes, stamp, supervisor
from benchkit.console import Failure, step
from benchkit.profile import ROOT, Profile, write_private

STORE_SECONDS = 60
CREATED = ".created"
SCHEMA_FILES = (
	"*.json",
	"hooks.py",
	"patches.txt",
	"install.py",
	"setup.py",
	"*.csv",
	"modules.txt",
	"patches/*.py",
	"*.html",
)


def ensure(profile: Profile) -> None:
	"""Make the site, or migrate it when the apps have changed; does nothing when nothing has."""
	_common_config(profile)
	profile.logs.mkdir(parents=True, exist_ok=True)
	mariadb.configure(profile)
	mark = profile.data / "site.stamp"
	value = stamp.digest(
		*(f"{name}:{stamp.tree(path / name, SCHEMA_FILES)}" for name, path in _own_apps(profile))
	)
	if stamp.fresh(mark, value):
		return
	with stores(profile):
		# Written last: a site half made by an interrupted run is made again.
		if not (profile.sites / profile.site / CREATED).exists():
			_create(profile)
		_site_config(profile)
		_install_missing_apps(profile)
		with step(f"bringing {profile.site} up to date"):
			frappe(profile, "migrate")
			_prepare(profile)
	stamp.write(mark, value)


def frappe(profile: Profile, *arguments: str) -> str:
	"""Run one of the framework's commands on the site; return what it printed.

	Raises:
		Failure: the command did not succeed.
	"""
	return _run(profile, processes.frappe_command(profile, "--site", profile.site, *arguments))


def _run(profile: Profile, command: list[str]) -> str:
	done = subprocess.run(
		command, cwd=profile.sites, env=processes.environment(profile), capture_output=True, text=True
	)
	if done.returncode:
		said = f"{done.stdout}\n{done.stderr}".strip()[-3000:]
		# The command line itself may hold a password; its first words say enough.
		name = " ".join(word for word in command[1:6] if not word.startswith("-"))
		raise Failure(f"{name} failed:\n{said}", "see the message above")
	return done.stdout


@contextmanager
def stores(profile: Profile) -> Iterator[None]:
	"""Have MariaDB and Redis running: the stack's, or our own for as long as the block lasts."""
	started = []
	try:
		for name in processes.STORES:
			if not _store_answers(profile, name):
				started.append(supervisor.start(profile, name, processes.command(profile, name)))
		deadline = time.monotonic() + STORE_SECONDS
		while not all(_store_answers(profile, name) for name in processes.STORES):
			if time.monotonic() > deadline or any(p.poll() is not None for p in started):
				raise Failure(
					"MariaDB or Redis did not start",
					f"see {profile.logs} and {mariadb.folder(profile)}/error.log",
				)
			time.sleep(0.2)
		yield
	finally:
		supervisor.stop(started)


def _store_answers(profile: Profile, name: str) -> bool:
	if name == "mariadb":
		return mariadb.answers(profile)
	ping = ["redis-cli", "-p", str(profile.port("redis")), "ping"]
	return subprocess.run(ping, capture_output=True, text=True).stdout.strip() == "PONG"


def _common_config(profile: Profile) -> None:
	redis = f"redis://127.0.0.1:{profile.port('redis')}"
	config = {
		"db_host": "127.0.0.1",
		"db_port": profile.port("mariadb"),
		"default_site": profile.site,
		"developer_mode": 0,
		"redis_cache": redis,
		"redis_queue": redis,
		"redis_socketio": redis,
		"scheduler_tick_interval": 15,
		"socketio_port": profile.port("realtime"),
		"webserver_port": profile.port("web"),
		"workers": {"lis": {"timeout": 300}, "messages": {"timeout": 300}},
	}
	path = profile.sites / "common_site_config.json"
	text = json.dumps(config, indent=1) + "\n"
	if not path.exists() or path.read_text() != text:
		path.write_text(text)


def _create(profile: Profile) -> None:
	with step(f"creating {profile.site}"):
		passwords = {
			"--db-root-password": profile.secrets["db_root"],
			"--db-password": profile.secrets["db"],
			"--admin-password": profile.secrets["admin"],
		}
		name = "lab_" + stamp.digest(profile.site, str(profile.data))[:12]
		arguments = ["--force", "--db-root-username", "root", "--no-mariadb-socket", "--db-name", name]
		for option, value in passwords.items():
			arguments += [option, value]
		_run(profile, processes.frappe_command(profile, "new-site", profile.site, *arguments))
		(profile.sites / profile.site / CREATED).touch()


def _site_config(profile: Profile) -> None:
	"""Settings that the demo and the tests need; the administrator of a real site sets others."""
	path = profile.sites / profile.site / "site_config.json"
	config = json.loads(path.read_text())
	config.update(
		{
			"host_name": f"http://127.0.0.1:{profile.port('web')}",
			"lab_crm_sms_log": str(profile.data / "sms.log"),
			"lab_crm_rate_limits": 0,
			"mail_server": "127.0.0.1",
			"mail_port": profile.port("smtp"),
			"disable_mail_smtp_authentication": 1,
			"auto_email_id": "lab@lab-crm.invalid",
			"always_use_account_email_id_as_sender": 1,
			"server_script_enabled": 0,
			"mute_emails": 0,
		}
	)
	write_private(path, json.dumps(config, indent=1) + "\n")


def _install_missing_apps(profile: Profile) -> None:
	installed = {line.split()[0] for line in frappe(profile, "list-apps").splitlines() if line.strip()}
	for app in profile.apps:
		if app not in installed:
			with step(f"installing {app}"):
				frappe(profile, "install-app", app)


def _prepare(profile: Profile) -> None:
	"""Finish the wizard, make the users, load the demo network; keep the logins for `stack.json`."""
	arguments = [
		"--site",
		profile.site,
		"--logins",
		str(profile.data / "logins.json"),
		"--lis-port",
		str(profile.port("lis")),
	]
	if profile.with_network:
		arguments.append("--network")
	_run(profile, [str(profile.python), "-m", "lab_crm.demo.site", *arguments])


def _own_apps(profile: Profile) -> list[tuple[str, Path]]:
	fixtures = [("", ROOT / "fixtures")] if (ROOT / "fixtures").exists() else []
	return [(name, path) for name, path in profile.apps.items() if path.parent == ROOT / "apps"] + [
		(name or ".", path) for name, path in fixtures
	]
