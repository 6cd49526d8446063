"""The asset build, on a bench of one tiny framework and one tiny app made for the test."""

import json
import os
import subprocess
from pathlib import Path

import pytest

NODE = Path(__file__).resolve().parents[1] / "benchkit" / "node"

FRAMEWORK = {
	"public/css/plain.css": ".plain { float: left; }",
	"public/js/shared.js": 'export const shared = "shared text";',
	"public/images/logo.svg": "<svg/>",
}
APP = {
	"public/js/clinic.bundle.js": """
		import { shared } from "frappe/public/js/shared.js";
		import "./page.html";
		import Card from "./Card.vue";
		window.clinic = { shared, Card };
	""",
	"public/js/page.html": "<a title='{{ __(\"Open\") }}'>`${x}`</a>",
	"public/js/Card.vue": """
		<script setup>
		import { ref } from "vue";
		const title = ref("Card title");
		</script>
		<template><b class="card">{{ title }}</b></template>
		<style lang="scss" scoped>
		$ink: #123456;
		.card { b { color: $ink; } }
		</style>
	""",
	"public/scss/_parts.scss": "$gap: 3px;",
	"public/scss/clinic.bundle.scss": """
		@import "parts";
		@import "frappe/public/css/plain.css";
		.row { margin-left: $gap; background: url("/assets/clinic/images/x.png"); }
	""",
}


class Bench:
	"""A folder laid out as a bench, with the build run on it."""

	def __init__(self, root: Path):
		self.root = root
		self.sites = root / "sites"
		self.assets = self.sites / "assets"
		self.sites.mkdir(parents=True)
		(self.sites / "apps.txt").write_text("frappe\nclinic\n")
		for app, files in (("frappe", FRAMEWORK), ("clinic", APP)):
			for name, text in files.items():
				self.write(app, name, text)

	def write(self, app: str, name: str, text: str) -> None:
		path = self.root / "apps" / app / app / name
		path.parent.mkdir(parents=True, exist_ok=True)
		path.write_text(text)

	def build(self, *flags: str) -> subprocess.CompletedProcess:
		places = ["--sites", str(self.sites), "--apps-dir", str(self.root / "apps")]
		command = ["node", "build.mjs", *places, *flags]
		return subprocess.run(command, cwd=NODE, capture_output=True, text=True, timeout=120)

	def map(self, name: str = "assets.json") -> dict[str, str]:
		return json.loads((self.assets / name).read_text())

	def bundle(self, name: str, mirrored: bool = False) -> str:
		url = self.map("assets-rtl.json" if mirrored else "assets.json")[name]
		return (self.sites / url.lstrip("/")).read_text()

	def outputs(self) -> dict[str, int]:
		files = (p for p in self.assets.rglob("*") if p.is_file() and not p.is_symlink())
		return {str(p): p.stat().st_mtime_ns for p in files}


@pytest.fixture(scope="session", autouse=True)
def packages():
	"""The npm packages are the bench's business; a bare checkout gets them here."""
	if not (NODE / "node_modules" / "esbuild").exists():
		subprocess.run(["npm", "ci"], cwd=NODE, check=True, capture_output=True, timeout=600)


@pytest.fixture
def bench(tmp_path):
	return Bench(tmp_path)


def test_builds_bundles_maps_and_links(bench):
	done = bench.build()
	assert done.returncode == 0, done.stderr
	assert set(bench.map()) == {"clinic.bundle.js", "clinic.bundle.css"}
	assert set(bench.map("assets-rtl.json")) == {"rtl_clinic.bundle.css"}
	assert (bench.assets / "frappe" / "images" / "logo.svg").read_text() == "<svg/>"
	script = bench.bundle("clinic.bundle.js")
	assert "shared text" in script
	assert "Card title" in script
	assert 'frappe.templates["page"]' in script
	assert "frappe.dom.set_style(" in script and "#123456" in script


def test_styles_are_compiled_and_mirrored(bench):
	assert bench.build().returncode == 0
	plain, mirrored = bench.bundle("clinic.bundle.css"), bench.bundle("rtl_clinic.bundle.css", mirrored=True)
	assert "margin-left: 3px" in plain and "float: left" in plain
	assert "margin-right: 3px" in mirrored and "float: right" in mirrored
	assert "/assets/clinic/images/x.png" in plain, "a URL of the web stays as it is"


def test_template_keeps_its_text(bench):
	assert bench.build().returncode == 0
	script = bench.assets.parent / bench.map()["clinic.bundle.js"].lstrip("/")
	code = f"""
		globalThis.window = globalThis;
		globalThis.document = {{}};
		globalThis.frappe = {{ templates: {{}}, dom: {{ set_style() {{}} }} }};
		(0, eval)(require("fs").readFileSync({json.dumps(str(script))}, "utf8"));
		process.stdout.write(frappe.templates.page);
	"""
	done = subprocess.run(["node", "-e", code], capture_output=True, text=True, timeout=60)
	assert done.stdout == APP["public/js/page.html"], done.stderr


def test_second_run_does_nothing(bench):
	assert bench.build().returncode == 0
	before = bench.outputs()
	done = bench.build()
	assert done.returncode == 0
	assert done.stdout.strip() == "assets: up to date"
	assert bench.outputs() == before


def test_touching_a_file_is_no_change(bench):
	assert bench.build().returncode == 0
	os.utime(bench.root / "apps/clinic/clinic/public/js/clinic.bundle.js", (1, 1))
	assert bench.build().stdout.strip() == "assets: up to date"


@pytest.mark.parametrize(
	("app", "name", "text", "bundle"),
	[
		("clinic", "public/js/page.html", "<i>new words</i>", "clinic.bundle.js"),
		("frappe", "public/js/shared.js", 'export const shared = "new words";', "clinic.bundle.js"),
		("clinic", "public/scss/_parts.scss", "$gap: 7px;", "clinic.bundle.css"),
		("frappe", "public/css/plain.css", ".plain { color: red; }", "clinic.bundle.css"),
	],
)
def test_a_changed_input_changes_its_bundle(bench, app, name, text, bundle):
	assert bench.build().returncode == 0
	before = bench.map()[bundle]
	bench.write(app, name, text)
	done = bench.build()
	assert done.returncode == 0, done.stderr
	assert bench.map()[bundle] != before, "a new content needs a new URL"
	assert not (bench.sites / before.lstrip("/")).exists(), "the old output is removed"
	assert bench.build().stdout.strip() == "assets: up to date"


def test_new_and_removed_entries_are_seen(bench):
	assert bench.build().returncode == 0
	bench.write("clinic", "public/js/second.bundle.js", "window.second = 2;")
	assert bench.build().returncode == 0
	assert "second.bundle.js" in bench.map()
	(bench.root / "apps/clinic/clinic/public/js/second.bundle.js").unlink()
	assert bench.build().returncode == 0
	assert "second.bundle.js" not in bench.map()


def test_a_lost_output_is_made_again(bench):
	assert bench.build().returncode == 0
	lost = bench.sites / bench.map()["clinic.bundle.css"].lstrip("/")
	lost.unlink()
	assert bench.build().returncode == 0
	assert lost.exists()


def test_production_minifies(bench):
	assert bench.build().returncode == 0
	long = len(bench.bundle("clinic.bundle.js"))
	assert bench.build("--production").returncode == 0
	assert len(bench.bundle("clinic.bundle.js")) < long / 2
	assert bench.build("--production").stdout.strip() == "assets: up to date"


def test_sources_stay_untouched(bench):
	def sources():
		return sorted(str(p) for p in (bench.root / "apps").rglob("*"))

	before = sources()
	assert bench.build().returncode == 0
	assert sources() == before


def test_an_error_names_the_file_and_keeps_the_last_build(bench):
	assert bench.build().returncode == 0
	before = bench.map()
	bench.write("clinic", "public/js/clinic.bundle.js", 'import "./missing.js";')
	done = bench.build()
	assert done.returncode == 1
	assert "clinic.bundle.js" in done.stderr and "missing.js" in done.stderr
	assert bench.map() == before
	assert all((bench.sites / url.lstrip("/")).exists() for url in before.values())


def test_the_lock_names_no_registry():
	lock = json.loads((NODE / "package-lock.json").read_text())
	assert not [name for name, package in lock["packages"].items() if "resolved" in package]
