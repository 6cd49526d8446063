"""The tool that puts the bench together: what it makes, what it refuses, that a second run does nothing."""

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pymysql
import pytest

from benchkit import framework, mariadb, packages, processes, stack, stamp
from benchkit.console import Failure
from benchkit.profile import FIXED_PORTS, ROOT, Profile, current, write_private
from tests.support.mllp import free_port

QUICK_SECONDS = 10


def profile_of(
	monkeypatch: pytest.MonkeyPatch, name: str, port_base: int = 8000, official: str = ""
) -> Profile:
	"""Return the profile that an environment asks for."""
	for variable, value in {"PORT_BASE": str(port_base), "FRAPPE_PATH": official, "EXTRA_APPS": ""}.items():
		monkeypatch.setenv(variable, value)
	return current(name)


def mode(path: Path) -> int:
	return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def nowhere(tmp_path, monkeypatch) -> Profile:
	"""A profile whose data lie in a temporary folder."""
	monkeypatch.setattr("benchkit.profile.ROOT", tmp_path)
	return profile_of(monkeypatch, "nowhere")


class TestProfiles:
	def test_all_ports_follow_the_first(self, monkeypatch):
		here, there = (profile_of(monkeypatch, "", base) for base in (8000, 9000))
		assert {name: here.port(name) for name in FIXED_PORTS} == FIXED_PORTS
		assert all(there.port(name) == here.port(name) + 1000 for name in FIXED_PORTS)

	def test_the_benches_of_one_checkout_share_neither_port_nor_folder(self, monkeypatch):
		benches = [profile_of(monkeypatch, name) for name in ("", "test", "bench", "demo")]
		benches += [profile_of(monkeypatch, name, official="/official/frappe") for name in ("test", "demo")]
		ports = [bench.port(name) for bench in benches for name in FIXED_PORTS]
		assert len(ports) == len(set(ports))
		assert len({bench.sites for bench in benches}) == len(benches)

	@pytest.mark.parametrize("name", ["test", "demo", "anything"])
	def test_a_name_given_to_a_child_process_means_the_same_bench(self, monkeypatch, name):
		bench = profile_of(monkeypatch, name, official="/official/frappe")
		assert current(bench.name) == bench and bench.name != name

	@pytest.mark.parametrize("base", ["many", "-1", "80", "65530", "٩٠٠٠"])
	def test_a_port_base_without_room_is_refused_with_its_mend(self, monkeypatch, base):
		monkeypatch.setenv("PORT_BASE", base)
		with pytest.raises(Failure, match="PORT_BASE") as refused:
			current("test")
		assert "9000" in refused.value.mend

	@pytest.mark.parametrize("misleading", ["CI", "PYTHONPATH", "VIRTUAL_ENV"])
	def test_its_processes_do_not_inherit_what_leads_them_astray(self, nowhere, monkeypatch, misleading):
		monkeypatch.setenv(misleading, "set outside")
		assert misleading not in processes.environment(nowhere)

	def test_secrets_are_made_once_and_are_the_owners(self, nowhere):
		made = nowhere.secrets
		path = nowhere.data / "secrets.json"
		assert mode(path) == 0o600 and all(len(value) >= 20 for value in made.values())
		assert current("nowhere").secrets == made and len(set(made.values())) == len(made)

	def test_a_private_file_stays_private_when_it_is_written_again(self, tmp_path):
		path = tmp_path / "state.json"
		path.write_text("old")
		path.chmod(0o644)
		write_private(path, "new")
		assert path.read_text() == "new" and mode(path) == 0o600
		assert list(tmp_path.iterdir()) == [path]

	def test_a_bench_keeps_to_the_framework_it_was_made_with(self, nowhere, monkeypatch):
		stack._check_source(nowhere)
		stack._check_source(nowhere)
		other = Profile(nowhere.name, nowhere.site, nowhere.port_base, "/official/frappe", ())
		with pytest.raises(Failure) as refused:
			stack._check_source(other)
		assert "FRAPPE_PATH" in refused.value.mend


class TestFramework:
	@pytest.mark.parametrize(
		("renamed", "original"),
		[
			("criscostack.utils.brik_helper", "frappe.utils.bench_helper"),
			("X-Criscostack-CSRF-Token", "X-Frappe-CSRF-Token"),
			("CRISCOSTACK_SITE", "FRAPPE_SITE"),
			("CriscoERP for Crisco", "ERPNext for Frappe"),
			("crisis", "crisis"),
		],
	)
	def test_names_come_back(self, renamed, original):
		assert framework.name_back(renamed) == original

	def test_files_and_their_contents_get_their_names(self, tmp_path):
		wheel = tmp_path / "wheel"
		for path, content in {
			"criscostack/criscostack.py": b"import criscostack\r\n",
			"criscostack/logo.png": b"\x89PNG\xff criscostack",
			"criscostack-1.0.0.dist-info/LICENSE": b"MIT",
		}.items():
			(wheel / path).parent.mkdir(parents=True, exist_ok=True)
			(wheel / path).write_bytes(content)
		framework.restore_names(wheel, tmp_path / "tree")
		assert (tmp_path / "tree/frappe/frappe.py").read_bytes() == b"import frappe\r\n"
		assert (tmp_path / "tree/frappe/logo.png").read_bytes() == b"\x89PNG\xff criscostack"
		assert (tmp_path / "tree/licenses/LICENSE").read_bytes() == b"MIT"

	@staticmethod
	def patched(folder: Path, source: str) -> str:
		(folder / "module.py").write_text(source)
		patch = folder / "0001-test.toml"
		patch.write_text('[[change]]\nfile = "module.py"\nfind = "old()"\nreplace = "new()"\n')
		framework.apply_patch(folder, patch)
		return (folder / "module.py").read_text()

	def test_a_patch_is_applied(self, tmp_path):
		assert self.patched(tmp_path, "a = old()\n") == "a = new()\n"

	@pytest.mark.parametrize("source", ["a = other()\n", "a = old()\nb = old()\n"])
	def test_a_patch_that_does_not_fit_is_refused(self, tmp_path, source):
		with pytest.raises(Failure, match=r"0001-test does not fit module\.py") as refused:
			self.patched(tmp_path, source)
		assert refused.value.mend
		assert (tmp_path / "module.py").read_text() == source

	@pytest.mark.parametrize("patch", sorted(framework.PATCHES.glob("*.toml")), ids=lambda path: path.stem)
	def test_a_patch_says_what_it_mends_and_stands_in_the_framework(self, patch, profile):
		text = patch.read_text(encoding="utf-8")
		assert text.startswith("# ")
		if not profile.upstream:
			for change in tomllib.loads(text)["change"]:
				assert change["replace"] in (framework.TARGET / change["file"]).read_text(encoding="utf-8")

	def test_a_changed_wheel_is_refused(self, tmp_path, monkeypatch):
		def download(command, **_options):
			(Path(command[command.index("-d") + 1]) / "criscostack-1.0.0.whl").write_bytes(b"something else")
			return subprocess.CompletedProcess(command, 0, "", "")

		monkeypatch.setattr(framework.subprocess, "run", download)
		with pytest.raises(Failure, match="not the pinned one"):
			framework._download(tmp_path)

	def test_an_official_checkout_that_is_none_is_refused(self, tmp_path):
		with pytest.raises(Failure, match="holds no app frappe") as refused:
			framework.ensure(Profile("x", "x", 8000, str(tmp_path / "frappe"), ()))
		assert "FRAPPE_PATH" in refused.value.mend


class TestRefusals:
	def test_a_taken_port_is_named_with_its_mend(self, nowhere):
		with socket.socket() as holder:
			holder.bind(("127.0.0.1", 0))
			holder.listen()
			# The highest of the bench's ports, so that the others are ports too.
			shift = holder.getsockname()[1] - FIXED_PORTS["app"]
			bench = Profile("x", "x", 8000 + shift, "", ())
			with pytest.raises(Failure, match=rf"{holder.getsockname()[1]} \(app\)") as refused:
				stack._check_ports(bench)
		assert "PORT_BASE=" in refused.value.mend

	def test_a_full_disk_is_said_before_anything_is_made(self, nowhere, monkeypatch):
		nowhere.data.mkdir(parents=True)
		usage = shutil.disk_usage(nowhere.data)._replace(free=2**30)
		monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage)
		with pytest.raises(Failure, match=r"only 1\.0 GiB free") as refused:
			stack.set_up(nowhere)
		assert "free at least" in refused.value.mend and not any(nowhere.data.iterdir())

	@pytest.fixture
	def bare_machine(self, monkeypatch):
		monkeypatch.setattr(packages, "_present", lambda _mark: False)

		def never(*arguments):
			raise AssertionError(f"apt was called: {arguments}")

		monkeypatch.setattr(packages, "_apt", never)

	def test_without_root_the_line_to_run_is_printed(self, bare_machine, monkeypatch):
		monkeypatch.setattr(os, "geteuid", lambda: 1000)
		monkeypatch.setattr(packages.shutil, "which", lambda name, **_path: f"/usr/bin/{name}")
		with pytest.raises(Failure, match="only root may install") as refused:
			packages.ensure(with_tests=True)
		assert refused.value.mend.startswith("sudo ") and "mariadb-server" in refused.value.mend
		assert "chromium" in refused.value.mend

	def test_without_apt_the_packages_are_named(self, bare_machine, monkeypatch):
		monkeypatch.setattr(packages.shutil, "which", lambda _name, **_path: None)
		with pytest.raises(Failure, match=r"redis-server.*there is no apt-get"):
			packages.ensure()

	def test_a_failure_is_printed_with_its_mend_and_no_traceback(self):
		done = run("nowhere", "process", "no-such-process")
		assert done.returncode == 1 and "Traceback" not in done.stderr
		assert (
			"✗ there is no process no-such-process" in done.stderr and "To mend it: one of: " in done.stderr
		)


class TestStamps:
	def test_a_tree_changes_with_a_name_or_a_content(self, tmp_path):
		seen = []
		for path, content in (("a.json", "1"), ("a.json", "2"), ("b/c.json", "2"), ("b/c.txt", "2")):
			(tmp_path / path).parent.mkdir(exist_ok=True)
			(tmp_path / path).write_text(content)
			seen.append(stamp.tree(tmp_path, ["*.json"]))
		assert len(set(seen)) == 3 and seen[2] == seen[3]

	def test_parts_do_not_run_together(self):
		assert stamp.digest("ab", "c") != stamp.digest("a", "bc")

	def test_one_bench_at_a_time(self, tmp_path):
		code = "import sys; from benchkit import stamp; from pathlib import Path\n"
		code += "with stamp.alone(Path(sys.argv[1])): print('in', flush=True)"
		command = [sys.executable, "-c", code, str(tmp_path / "lock")]
		with stamp.alone(tmp_path / "lock"):
			waiting = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
			with pytest.raises(subprocess.TimeoutExpired):
				waiting.wait(1)
		assert waiting.communicate(timeout=QUICK_SECONDS)[0] == "in\n"


def run(name: str, *arguments: str) -> subprocess.CompletedProcess:
	"""Run a benchkit command on a bench."""
	return subprocess.run(
		[sys.executable, "-m", "benchkit", *arguments],
		cwd=ROOT,
		env={**os.environ, "BENCH_PROFILE": name},
		capture_output=True,
		text=True,
		timeout=300,
	)


def test_a_second_set_up_does_nothing_and_is_quick(profile):
	first = run(profile.name, "setup")
	assert first.returncode == 0, first.stdout + first.stderr
	began = time.monotonic()
	second = run(profile.name, "setup")
	assert time.monotonic() - began < QUICK_SECONDS
	assert (second.returncode, second.stdout, second.stderr) == (0, "", "")


def test_a_frappe_command_works_through_the_wrapper(profile, stores):
	done = run(profile.name, "frappe", "list-apps")
	assert done.returncode == 0, done.stderr
	assert {line.split()[0] for line in done.stdout.splitlines() if line.strip()} == set(profile.apps)


class TestProcfile:
	def test_it_names_every_process(self):
		lines = dict(line.split(": ", 1) for line in (ROOT / "Procfile").read_text().splitlines())
		assert lines == {name: f"python3 -m benchkit process {name}" for name in processes.PROCESSES}

	def test_another_runner_starts_it_and_ends_it(self, profile, monkeypatch):
		monkeypatch.setenv("PORT_BASE", str(8000 + free_port() - FIXED_PORTS["redis"]))
		bench = current("procfile")
		bench.sites.mkdir(parents=True, exist_ok=True)
		ping = ["redis-cli", "-p", str(bench.port("redis")), "ping"]
		# The runner's own interpreter must be found as python3, as in an activated environment.
		path = f"{profile.env / 'bin'}:{os.environ['PATH']}"
		honcho = subprocess.Popen(
			[str(profile.env / "bin" / "honcho"), "start", "redis"],
			cwd=ROOT,
			env={**os.environ, "BENCH_PROFILE": bench.name, "PATH": path},
			stdout=subprocess.DEVNULL,
			stderr=subprocess.DEVNULL,
		)
		try:
			deadline = time.monotonic() + QUICK_SECONDS
			while subprocess.run(ping, capture_output=True, text=True).stdout.strip() != "PONG":
				assert time.monotonic() < deadline and honcho.poll() is None
				time.sleep(0.1)
		finally:
			honcho.send_signal(signal.SIGTERM)
			honcho.wait(QUICK_SECONDS)
			shutil.rmtree(bench.data)
		assert subprocess.run(ping, capture_output=True).returncode != 0


class TestMariaDB:
	@pytest.fixture
	def ask(self, profile, stores):
		access = {"host": "127.0.0.1", "port": profile.port("mariadb"), "user": "root"}
		link = pymysql.connect(**access, password=profile.secrets["db_root"])

		def ask(query: str) -> list[tuple]:
			with link.cursor() as cursor:
				cursor.execute(query)
				return list(cursor.fetchall())

		yield ask
		link.close()

	def test_what_was_committed_survives_a_power_cut(self, ask):
		wanted = {
			"innodb_flush_log_at_trx_commit": "1",
			"innodb_doublewrite": "ON",
			"character_set_server": "utf8mb4",
			"collation_server": "utf8mb4_unicode_ci",
			"bind_address": "127.0.0.1",
		}
		names = ", ".join(f"'{name}'" for name in wanted)
		assert dict(ask(f"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({names})")) == wanted

	def test_the_tables_hold_every_letter(self, ask):
		odd = ask(
			"SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA LIKE 'lab\\_%'"
			" AND TABLE_NAME LIKE 'tab%'"
			" AND TABLE_COLLATION NOT LIKE 'utf8mb4%'"
		)
		assert odd == []

	def test_there_are_no_accounts_but_roots_and_the_sites(self, ask, profile):
		accounts = {(user, host) for user, host in ask("SELECT User, Host FROM mysql.user")}
		site_config = json.loads((profile.sites / profile.site / "site_config.json").read_text())
		# The first is the server's own, and locked.
		system = {("mariadb.sys", "localhost"), ("PUBLIC", "")}
		assert accounts - system == {("root", "localhost"), (site_config["db_name"], "%")}

	@pytest.mark.parametrize("user", ["root", "mariadb.sys", "", "lab_unknown"])
	def test_a_wrong_password_is_refused(self, profile, stores, user):
		with pytest.raises(pymysql.err.OperationalError, match=r"Access denied|locked"):
			pymysql.connect(host="127.0.0.1", port=profile.port("mariadb"), user=user, password="")

	def test_its_configuration_is_the_owners(self, profile, stores):
		assert mode(mariadb.folder(profile) / "my.cnf") == 0o600
