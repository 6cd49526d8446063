"""`apps/frappe` from the package registry: a renamed copy of Frappe, given its names back, then patched.

The wheel is pinned by hash; nothing of it is kept in git. Its MIT notice stays beside it.
"""

import hashlib
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

from benchkit import stamp
from benchkit.console import Failure, step
from benchkit.profile import ROOT, Profile

DISTRIBUTION = "criscostack==1.0.0"
WHEEL_SHA256 = "dc58aaf29c59b7666edc953596e5b31f77d7286b2ed6b14c6a205b217c210349"
PACKAGE = "criscostack"
# In this order: a longer name must not be spoilt by a shorter one it contains.
NAMES_BACK = (
	("brik_helper", "bench_helper"),
	("criscostack", "frappe"),
	("CRISCOSTACK", "FRAPPE"),
	("Criscostack", "Frappe"),
	("criscoerp", "erpnext"),
	("Criscoerp", "ERPNext"),
	("CriscoERP", "ERPNext"),
	("Crisco", "Frappe"),
)
PATCHES = ROOT / "benchkit" / "patches"
TARGET = ROOT / "apps" / "frappe"
MARK = ".lab-stamp"


def ensure(profile: Profile) -> None:
	"""Place the framework: check the official checkout, or make `apps/frappe`."""
	if profile.upstream:
		_check_upstream(profile)
		return
	patches = sorted(PATCHES.glob("*.toml"))
	value = stamp.digest(WHEEL_SHA256, Path(__file__), *patches)
	if stamp.fresh(TARGET / MARK, value):
		return
	with step("framework from the registry (apps/frappe)"):
		with tempfile.TemporaryDirectory() as folder:
			_unpack(_download(Path(folder)), Path(folder) / "tree")
			built = Path(folder) / "frappe"
			restore_names(Path(folder) / "tree", built)
			for patch in patches:
				apply_patch(built, patch)
			_place(built, value)


def _place(built: Path, value: str) -> None:
	"""Put the tree at its place in one rename: running processes never find half of it."""
	new, old = (ROOT / ".data" / name for name in ("frappe.new", "frappe.old"))
	for folder in (new, old):
		shutil.rmtree(folder, ignore_errors=True)
	shutil.copytree(built, new)
	stamp.write(new / MARK, value)
	TARGET.parent.mkdir(exist_ok=True)
	if TARGET.exists():
		TARGET.rename(old)
	new.rename(TARGET)
	shutil.rmtree(old, ignore_errors=True)


def restore_names(source: Path, target: Path) -> None:
	"""Copy the wheel's tree with every text and file name given its original name back."""
	for path in sorted(p for p in source.rglob("*") if p.is_file()):
		relative = path.relative_to(source)
		if relative.parts[0].endswith(".dist-info"):
			relative = Path("licenses") / relative.name
		destination = target / name_back(str(relative))
		destination.parent.mkdir(parents=True, exist_ok=True)
		raw = path.read_bytes()
		try:
			destination.write_text(name_back(raw.decode("utf-8")), encoding="utf-8", newline="")
		except UnicodeDecodeError:
			destination.write_bytes(raw)


def name_back(text: str) -> str:
	"""Return `text` with the publisher's names replaced by the framework's own."""
	for renamed, original in NAMES_BACK:
		text = text.replace(renamed, original)
	return text


def apply_patch(tree: Path, patch: Path) -> None:
	"""Apply one patch: each `[[change]]` replaces a text that must stand exactly once in its file.

	Raises:
		Failure: the text is not there once, so the patch does not fit this framework.
	"""
	for change in tomllib.loads(patch.read_text(encoding="utf-8"))["change"]:
		path = tree / change["file"]
		text = path.read_text(encoding="utf-8")
		if text.count(change["find"]) != 1:
			raise Failure(
				f"patch {patch.stem} does not fit {change['file']}",
				"the framework's pin and its patches go together",
			)
		path.write_text(text.replace(change["find"], change["replace"]), encoding="utf-8", newline="")


def _download(folder: Path) -> Path:
	command = [
		sys.executable,
		"-m",
		"pip",
		"download",
		"-q",
		"--disable-pip-version-check",
		"--no-deps",
		"-d",
		str(folder),
		DISTRIBUTION,
	]
	done = subprocess.run(command, capture_output=True, text=True)
	wheels = list(folder.glob("*.whl"))
	if done.returncode or not wheels:
		raise Failure(
			f"cannot download {DISTRIBUTION}: {done.stderr.strip()[-400:]}",
			"check the network to the package registry",
		)
	found = hashlib.sha256(wheels[0].read_bytes()).hexdigest()
	if found != WHEEL_SHA256:
		raise Failure(
			f"{wheels[0].name} has sha256 {found}, not the pinned one",
			"do not use this file; tell the maintainers",
		)
	return wheels[0]


def _unpack(wheel: Path, folder: Path) -> None:
	with zipfile.ZipFile(wheel) as archive:
		archive.extractall(folder)


def _check_upstream(profile: Profile) -> None:
	for name, path in profile.apps.items():
		if not (path / name / "hooks.py").exists():
			raise Failure(
				f"{path} holds no app {name}",
				"FRAPPE_PATH and EXTRA_APPS name the folders that hold the app's package",
			)
