"""The gate: what guests and website users reach, and that nothing else opens to a clever path."""

import json

import frappe
import pytest
from werkzeug.wrappers import Response

from lab_crm.api import gate
from tests.support.door import THROUGH, answer, knock

OUTSIDERS = ("Guest", "Lab Patient", "Lab HR Contact")


@pytest.fixture(params=OUTSIDERS)
def outsider(request, as_user, monkeypatch):
	"""Somebody who does not work at the desk."""
	monkeypatch.setattr(gate, "get_response", lambda path: Response("there is no such page"))
	with as_user(request.param) as user:
		yield user


@pytest.fixture
def guest(as_user, monkeypatch):
	monkeypatch.setattr(gate, "get_response", lambda path: Response("there is no such page"))
	with as_user("Guest"):
		yield


@pytest.mark.parametrize("role", ["Administrator", "Lab Receptionist", "Lab Integration"])
@pytest.mark.parametrize(
	"path", ["/api/resource/Booking", "/app/booking", "/api/method/frappe.client.get_list"]
)
def test_the_desk_is_left_to_the_frameworks_own_permissions(as_user, role, path):
	with as_user(role):
		assert knock(path) == THROUGH


@pytest.mark.parametrize(
	"path",
	[
		"/",
		"/index",
		"/book",
		"/book/",
		"/consent/marketing",
		"/b/abc.def-g_h",
		"/r/abc.def",
		"/v/abc.def",
		"/my",
		"/my/results",
		"/hr",
		"/login",
		"/update-password",
		"/assets/lab_crm/portal/icon.svg",
		"/files/logo.png",
		"/robots.txt",
		"/favicon.ico",
	],
)
def test_pages_of_the_portal_are_open(outsider, path):
	assert knock(path) == THROUGH
	assert knock(path, "HEAD") == THROUGH
	assert knock(path, "POST") == 403


@pytest.mark.parametrize(
	"path",
	[
		"/printview",
		"/print/Lab Result/RES-1",
		"/private/files/a.pdf",
		"/backups/a.sql.gz",
		"/list/Patient",
		"/me",
		"/about",
		"/Book",
		"/BOOK",
		"/API/method/ping",
		"/Api/resource/Patient",
		"/App",
		"//private/files/a.pdf",
		"/b/",
		"/b/one/two",
		"/consent/a/b",
		"/book//",
		"/book/../app",
		"/files/../private/files/a.pdf",
		"/files/./../private/files/a.pdf",
		"/files//../../private/files/a.pdf",
		"/files/..\\private\\a.pdf",
		"/my/..",
		"/my/%2e%2e/app\n",
		"/book\n",
		"/book\x00",
		"/login/x",
		"/bookings",
		"/xbook",
		" /book",
	],
)
def test_every_other_page_does_not_exist(outsider, path):
	assert knock(path) == 404


@pytest.mark.parametrize("path", ["/app", "/app/", "/desk", "/app/patient/PAT-1"])
def test_the_desk_sends_a_guest_to_the_login_and_nobody_else(as_user, monkeypatch, path):
	monkeypatch.setattr(gate, "get_response", lambda path: Response("there is no such page"))
	with as_user("Guest"):
		sent = answer(path)
		assert sent.status_code == 302
		assert sent.location.startswith("/login?redirect-to=/app") or path == "/desk"
	with as_user("Lab Patient"):
		assert knock(path) == 404


@pytest.mark.parametrize(
	"path",
	[
		"/api",
		"//api/resource/Patient",
		"/api/",
		"/api/resource/Patient",
		"/api/resource/Patient/PAT-1",
		"/api/v1/resource/Patient",
		"/api/v2/document/Patient",
		"/api/v2/document/Patient/PAT-1/method/x",
		"/api/v2/doctype/Patient/meta",
		"/api/v2/method/Patient/get_list",
		"/api/v3/method/ping",
		"/api/method/",
		"/api/method/frappe.client.get_list",
		"/api/v1/method/frappe.client.get_list",
		"/api/v2/method/frappe.client.get_list",
		"/api/method/run_doc_method",
		"/api/method/upload_file",
		"/api/method/download_file",
		"/api/method/ping/../frappe.client.get_list",
		"/api/method/ping/frappe.client.get_list",
		"/api/method/ping//",
		"/api/method//ping",
		"/api//method/ping",
		"/api/method/PING",
		"/api/method/ping\n",
		"/api/method/ping ",
		"/api/method/lab_crm.api.gate.check",
		"/api/method/lab_crm.journey.events.sweep",
		"/api/login",
	],
)
def test_no_other_way_into_the_api(outsider, path):
	for method in ("GET", "POST", "PUT", "DELETE"):
		assert knock(path, method) in (403, 404)
	if path.startswith("/api/"):
		body = json.loads(answer(path).get_data())
		assert body["error"]["code"] == "FORBIDDEN"


@pytest.mark.parametrize("path", ["/", "/book", "/api/method/ping", "/api/resource/Patient", "/assets/x.js"])
@pytest.mark.parametrize(
	"command",
	["frappe.client.get_list", "run_doc_method", "upload_file", "frappe.ping ", ["ping"], {"a": 1}, 1, True],
)
def test_a_command_decides_whatever_the_path_says(outsider, path, command):
	assert knock(path, "POST", cmd=command) == 403


def test_a_command_of_the_list_goes_through(outsider):
	assert knock("/", "POST", cmd="ping") == THROUGH
	assert knock("/api/resource/Patient", "POST", cmd="ping") == THROUGH  # the framework runs the command


def test_signing_in_is_asked_of_a_guest_and_a_role_of_the_rest(as_user):
	path = "/api/method/lab_crm.api.portal.my_results"
	with as_user("Guest"):
		assert knock(path) == 401
	with as_user("Lab HR Contact"):
		assert knock(path) == 403
	with as_user("Lab Patient"):
		assert knock(path) == THROUGH


def test_options_is_answered_by_the_framework(guest):
	assert knock("/api/resource/Patient", "OPTIONS") == THROUGH


@pytest.mark.parametrize("target", ["/app", "/app/patient?status=a:b", "/my"])
def test_the_login_may_lead_back_to_this_site(guest, target):
	assert knock("/login", query=f"redirect-to={target}") == THROUGH


@pytest.mark.parametrize(
	"target",
	[
		"https://evil.test",
		"//evil.test",
		"/%5Cevil.test",
		"/%09/evil.test",
		"javascript:alert(1)",
		"evil.test",
		"/a:b",
	],
)
def test_the_login_leads_nowhere_else(guest, target):
	sent = answer("/login", query=f"redirect-to={target}")
	assert (sent.status_code, sent.location) == (302, "/login")


def test_a_second_target_is_looked_at_too(guest):
	assert answer("/login", query="redirect-to=/app&redirect-to=//evil.test").status_code == 302


def test_another_app_may_open_a_method_and_a_page(guest, monkeypatch):
	hooks = {"lab_crm_public_methods": ["other.app.method"], "lab_crm_public_pages": [r"/other/\d+"]}
	really = frappe.get_hooks
	monkeypatch.setattr(
		frappe, "get_hooks", lambda hook=None, *a, **k: hooks.get(hook) or really(hook, *a, **k)
	)
	assert knock("/api/method/other.app.method") == THROUGH
	assert knock("/other/12") == THROUGH
	assert knock("/api/method/other.app.methods") == 403
	assert knock("/other/x") == 404


@pytest.mark.parametrize("user_type", ["Website User", "Employee Self Service", "", None])
def test_staff_is_who_has_the_desk(as_user, monkeypatch, user_type):
	with as_user("Lab Receptionist"):
		assert gate.is_staff()
		monkeypatch.setattr(frappe, "get_cached_value", lambda *given: user_type)
		assert not gate.is_staff()
