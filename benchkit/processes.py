"""The command line of every process of the `Procfile`."""

import os
from collections.abc import Callable
from pathlib import Path

from benchkit import mariadb, nginx
from benchkit.console import Failure
from benchkit.profile import ROOT, Profile

NODE = ROOT / "benchkit" / "node"
WEB_WORKERS = 2
WEB_THREADS = 4


def _redis(profile: Profile) -> list[str]:
	folder = profile.data / "redis"
	folder.mkdir(parents=True, exist_ok=True)
	options = {
		"bind": "127.0.0.1",
		"port": str(profile.port("redis")),
		"dir": str(folder),
		"appendonly": "yes",
		"save": "",
	}
	return ["redis-server", *(part for key, value in options.items() for part in (f"--{key}", value))]


def _web(profile: Profile) -> list[str]:
	return [
		str(profile.env / "bin" / "gunicorn"),
		f"--bind=127.0.0.1:{profile.port('app')}",
		f"--workers={WEB_WORKERS}",
		f"--threads={WEB_THREADS}",
		"--worker-class=gthread",
		"--preload",
		"--timeout=120",
		"--graceful-timeout=20",
		# Longer than nginx keeps a connection to it: who sends the next request must be who closes first.
		"--keep-alive=75",
		"--log-level=warning",
		"benchkit.wsgi:application",
	]


def _realtime(profile: Profile) -> list[str]:
	redis = f"redis://127.0.0.1:{profile.port('redis')}"
	web = f"http://127.0.0.1:{profile.port('web')}"
	arguments = {"port": str(profile.port("realtime")), "redis": redis, "web": web, "site": profile.site}
	return [
		"node",
		str(NODE / "realtime.mjs"),
		*(part for key, value in arguments.items() for part in (f"--{key}", value)),
	]


def _worker(queues: str) -> Callable[[Profile], list[str]]:
	return lambda profile: frappe_command(profile, "worker", "--quiet", "--queue", queues)


def _schedule(profile: Profile) -> list[str]:
	return frappe_command(profile, "schedule")


def _mllp(profile: Profile) -> list[str]:
	listen = ["--host", "127.0.0.1", "--port", str(profile.port("mllp"))]
	listen += ["--astm-port", str(profile.port("astm"))]
	return [
		str(profile.python),
		"-m",
		"lab_crm.lis.listener",
		"--site",
		profile.site,
		"--sites-path",
		str(profile.sites),
		*listen,
	]


def _lis(profile: Profile) -> list[str]:
	crm = ["--crm-host", "127.0.0.1", "--crm-port", str(profile.port("mllp"))]
	return [str(profile.python), "-m", "lab_crm.demo.lis_server", "--port", str(profile.port("lis")), *crm]


def _mailsink(profile: Profile) -> list[str]:
	spool = str(profile.data / "mail")
	return [
		str(profile.python),
		"-m",
		"lab_crm.demo.mailsink",
		"--port",
		str(profile.port("smtp")),
		"--spool",
		spool,
	]


# Started in this order: the two stores first.
PROCESSES: dict[str, Callable[[Profile], list[str]]] = {
	"mariadb": mariadb.command,
	"redis": _redis,
	"web": _web,
	"proxy": nginx.command,
	"realtime": _realtime,
	"worker": _worker("short,default,long"),
	"worker_out": _worker("lis,messages"),
	"schedule": _schedule,
	"mllp": _mllp,
	"lis": _lis,
	"mailsink": _mailsink,
}
STORES = ("mariadb", "redis")


def command(profile: Profile, name: str) -> list[str]:
	"""Return the command line of process `name`."""
	if name not in PROCESSES:
		raise Failure(f"there is no process {name}", f"one of: {', '.join(PROCESSES)}")
	return PROCESSES[name](profile)


def frappe_command(profile: Profile, *arguments: str) -> list[str]:
	"""Return the command line of one of the framework's own commands."""
	return [str(profile.python), "-m", "frappe.utils.bench_helper", "frappe", *arguments]


def environment(profile: Profile) -> dict[str, str]:
	"""Return the environment of the bench's processes: the outer one without what would lead them astray.

	With CI set, the framework's workers believe that they are in a test: no e-mail leaves them.
	"""
	misleading = ("PYTHONPATH", "VIRTUAL_ENV", "PYTHONHOME", "CI")
	kept = {key: value for key, value in os.environ.items() if key not in misleading}
	return {
		**kept,
		"PATH": f"{profile.env / 'bin'}:{kept.get('PATH', '')}:/usr/sbin:/usr/bin",
		"PYTHONUNBUFFERED": "1",
		"FRAPPE_SITE": profile.site,
		"SITES_PATH": str(profile.sites),
	}


def folder(profile: Profile) -> Path:
	"""Return the working directory of the processes: the framework finds its sites in it."""
	return profile.sites


def replace_self(profile: Profile, name: str) -> None:
	"""Become process `name` (used by the Procfile, so that any Procfile runner can start the bench)."""
	argv = command(profile, name)
	os.chdir(folder(profile))
	os.execvpe(argv[0], argv, environment(profile))
