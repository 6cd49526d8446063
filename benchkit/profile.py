"""Where a bench keeps its things. `BENCH_PROFILE` tells the benches of one checkout apart.

The default profile lives in `sites/` and `.data/`; every other one in `.data/<profile>/`: tests never touch a
developer's data.
"""

import json
import os
import secrets
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from benchkit.console import Failure

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_PORT_BASE = 8000
# The test bench keeps clear of a running default bench.
PORT_OFFSETS = {"": 0, "test": 100, "upstream": 200, "bench": 1000, "demo": 1100}
# The lowest port is 5,475 below the first, the highest of all benches of a checkout some 1,300 above it.
LEAST_PORT_BASE, MOST_PORT_BASE = 7000, 64000
FIXED_PORTS = {
	"web": 8000,
	"realtime": 8001,
	"app": 8002,
	"mllp": 2575,
	"lis": 2576,
	"astm": 2577,
	"smtp": 2525,
	"mariadb": 3307,
	"redis": 6380,
}


@dataclass(frozen=True)
class Profile:
	"""One bench: its name, site, first port and framework source."""

	name: str
	site: str
	port_base: int
	frappe_path: str
	extra_apps: tuple[str, ...]

	@property
	def data(self) -> Path:
		return ROOT / ".data" / self.name if self.name else ROOT / ".data"

	@property
	def sites(self) -> Path:
		return self.data / "sites" if self.name else ROOT / "sites"

	@property
	def logs(self) -> Path:
		# The framework itself logs to `logs` beside its sites.
		return self.sites.parent / "logs"

	@property
	def upstream(self) -> bool:
		return bool(self.frappe_path)

	@property
	def with_network(self) -> bool:
		"""Say whether the site gets the demo network: tests make their own data."""
		return _plain(self.name) in ("", "bench", "demo")

	@property
	def env(self) -> Path:
		return ROOT / ("env-upstream" if self.upstream else "env")

	@property
	def python(self) -> Path:
		return self.env / "bin" / "python"

	@property
	def stack_file(self) -> Path:
		return self.data / "stack.json"

	def port(self, service: str) -> int:
		"""Return the port of `service`; all move together with PORT_BASE."""
		return FIXED_PORTS[service] + self.port_base - DEFAULT_PORT_BASE

	@property
	def apps(self) -> dict[str, Path]:
		"""Return app name → folder that holds its package, in the order of installation."""
		apps = ROOT / "apps"
		if not self.upstream:
			found = {"frappe": apps / "frappe"}
		else:
			found = {Path(p).name: Path(p) for p in (self.frappe_path, *self.extra_apps)}
		if "erpnext" not in found and (apps / "lab_erp").exists():
			found["lab_erp"] = apps / "lab_erp"
		return {**found, "lab_crm": apps / "lab_crm"}

	@cached_property
	def secrets(self) -> dict[str, str]:
		"""Random passwords of this bench, made once, readable by the owner only."""
		path = self.data / "secrets.json"
		if not path.exists():
			self.data.mkdir(parents=True, exist_ok=True)
			write_private(
				path, json.dumps({k: secrets.token_urlsafe(18) for k in ("db_root", "db", "admin")})
			)
		return json.loads(path.read_text())


def write_private(path: Path, text: str) -> None:
	"""Write a file that only its owner may read, never visible half-written or with other rights."""
	temporary = path.with_suffix(path.suffix + ".new")
	temporary.unlink(missing_ok=True)
	with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
		file.write(text)
	temporary.replace(path)


def _plain(name: str) -> str:
	"""Return a bench's name without its framework source."""
	return "test" if name == "upstream" else name.removesuffix("-upstream")


def _on_upstream(name: str) -> str:
	return {"": "", "test": "upstream"}.get(name, f"{name}-upstream")


def _asked_port_base() -> int:
	given = os.environ.get("PORT_BASE") or str(DEFAULT_PORT_BASE)
	if not (given.isascii() and given.isdigit() and LEAST_PORT_BASE <= int(given) <= MOST_PORT_BASE):
		mend = f"take a number from {LEAST_PORT_BASE} to {MOST_PORT_BASE}, for example PORT_BASE=9000"
		raise Failure(f"PORT_BASE={given} leaves no room for the ports", mend)
	return int(given)


def current(name: str | None = None) -> Profile:
	"""Return the profile that the environment (or `name`) asks for."""
	frappe_path = os.environ.get("FRAPPE_PATH", "")
	plain = _plain(name if name is not None else os.environ.get("BENCH_PROFILE", ""))
	# A named bench exists once for each framework source: its database serves one of them only.
	name = _on_upstream(plain) if frappe_path else plain
	base = _asked_port_base() + PORT_OFFSETS.get(plain, 0)
	if name == "upstream":
		base += PORT_OFFSETS["upstream"] - PORT_OFFSETS["test"]
	elif name != plain:
		base += PORT_OFFSETS["upstream"]
	extra = tuple(p for p in os.environ.get("EXTRA_APPS", "").split(":") if p)
	site = "lab.localhost" if not name else "test.localhost"
	return Profile(name, site, base, frappe_path, extra)
