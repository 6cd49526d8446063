"""Who may call what: all whitelisted methods of all installed apps, against the declared matrix (`tests/security/matrix.json`).

A new method that guests or patients can reach, or a new desk method of ours, fails here until it is declared.
"""

import importlib
import json
import pkgutil
from pathlib import Path

import frappe
import pytest
import requests
from werkzeug.exceptions import HTTPException

from lab_crm.api import gate
from tests.support.stack import Stack

MATRIX = json.loads((Path(__file__).parent / "security" / "matrix.json").read_text())
OUTSIDERS = ("Guest", "Lab Patient", "Lab HR Contact")
LEFT_OUT = (
	".tests",
	".test_",
	".patches",
	".demo.",
	"_test",
	".commands",
	".testing",
	".www.",
	".parallel_test_runner",
)


def whitelisted() -> set[str]:
	"""Import every module of every installed app; return the paths of all whitelisted functions."""
	for app in frappe.get_installed_apps():
		package = importlib.import_module(app)
		for module in pkgutil.walk_packages(package.__path__, f"{app}."):
			if not any(part in f"{module.name}." or module.name.endswith(part) for part in LEFT_OUT):
				try:
					importlib.import_module(module.name)
				except ImportError:
					continue  # an optional dependency is not installed: the method cannot be called either
	return {f"{function.__module__}.{function.__qualname__}" for function in frappe.whitelisted}


def let_through(names: set[str]) -> set[str]:
	"""Return those of the methods that the gate lets the current user call."""
	passed = set()
	for name in names:
		try:
			gate._check_method(name)
		except HTTPException:
			continue
		passed.add(name)
	return passed


def test_outsiders_reach_the_declared_methods_and_no_other(site, as_user):
	names = whitelisted() | set(gate.FRAMEWORK_METHODS)
	assert len(names) > 300, "the walk over the apps found too little to mean anything"
	for role in OUTSIDERS:
		with as_user(role):
			assert sorted(let_through(names)) == sorted(MATRIX["outsiders"][role]), role


def test_desk_methods_of_the_product_are_declared(site):
	ours = {
		name for name in whitelisted() if name.startswith("lab_crm.") and not name.startswith("lab_crm.api.")
	}
	assert sorted(ours) == sorted(MATRIX["desk"])


@pytest.mark.parametrize("name", MATRIX["desk"])
def test_a_desk_method_is_closed_to_outsiders(stack: Stack, name):
	for role in (None, "Lab Patient", "Lab HR Contact"):
		answer = stack.api(role).post(f"/api/method/{name}")
		assert answer.status_code in (401, 403), f"{role}: {answer.status_code}"


@pytest.mark.parametrize("role", [None, "Lab Patient", "Lab HR Contact"])
def test_no_doctype_is_open_to_outsiders(stack: Stack, site, role):
	api = stack.api(role)
	opened = []
	for doctype in frappe.get_all("DocType", {"istable": 0}, pluck="name"):
		answer = api.http.get(f"{stack.web}/api/resource/{doctype}", timeout=60)
		if answer.status_code not in (401, 403):
			opened.append((doctype, answer.status_code))
	assert opened == []


WAYS = (
	("POST", "/api/resource/Patient", {"last_name": "Тест"}),
	("PUT", "/api/resource/Patient/PAT-00000000", {"last_name": "Тест"}),
	("DELETE", "/api/resource/Patient/PAT-00000000", None),
	("GET", "/api/method/frappe.client.get_list?doctype=Patient", None),
	("GET", "/api/method/frappe.client.get?doctype=User&name=Administrator", None),
	("POST", "/api/method/run_doc_method", {"dt": "Patient", "dn": "x", "method": "save"}),
	("POST", "/api/method/frappe.handler.run_doc_method", {"dt": "Patient", "dn": "x", "method": "save"}),
	("POST", "/", {"cmd": "frappe.client.get_list", "doctype": "Patient"}),
	("GET", "/?cmd=frappe.client.get_list&doctype=Patient", None),
	("GET", "/api/method/upload_file", None),
	("GET", "/api/method/download_file?file_url=/private/files/x.pdf", None),
	("GET", "/private/files/x.pdf", None),
	("GET", "/printview?doctype=Lab%20Result&name=x", None),
	("GET", "/api/method/frappe.utils.print_format.download_pdf?doctype=Lab%20Result&name=x", None),
	("GET", "/api/v2/document/Patient", None),
	("GET", "/api//resource/Patient", None),
	("GET", "/api/resource/Patient/", None),
	("GET", "/api/%72esource/Patient", None),
	("GET", "/backups/x.sql.gz", None),
)


@pytest.mark.parametrize(("verb", "path", "body"), WAYS)
@pytest.mark.parametrize("role", [None, "Lab Patient"])
def test_ways_around_the_gate_lead_nowhere(stack: Stack, role, verb, path, body):
	api = stack.api(role)
	prepared = requests.Request(
		verb, "http://placeholder", json=body, headers=dict(api.http.headers)
	).prepare()
	prepared.url = stack.web + path  # as written: no tidying of slashes and escapes on our side
	answer = api.http.send(prepared, timeout=60, allow_redirects=False)
	assert answer.status_code in (301, 302, 401, 403, 404, 405), f"{answer.status_code} {answer.text[:200]}"
	assert "Administrator" not in answer.text


def test_the_desk_is_closed_to_a_patient(stack: Stack):
	answer = stack.api("Lab Patient").http.get(f"{stack.web}/app", timeout=60, allow_redirects=False)
	assert answer.status_code in (302, 403, 404)


def test_the_login_page_sends_nobody_to_another_site(stack: Stack):
	for target in ("https://evil.invalid/", "//evil.invalid/", "/\\evil.invalid", "javascript:alert(1)"):
		answer = requests.get(
			f"{stack.web}/login", params={"redirect-to": target}, timeout=60, allow_redirects=False
		)
		assert answer.headers.get("Location", "/login") == "/login", target
		assert "evil.invalid" not in answer.headers.get("Location", "")
