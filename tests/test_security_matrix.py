"""Every whitelisted function of every installed app × every role, against the declared matrix."""

import json

import frappe
import frappe.handler
import pytest
from werkzeug.wrappers import Response

from lab_crm.api import gate
from lab_crm.api.endpoint import check_caller, load
from lab_crm.lis.tests.conftest import kept  # noqa: F401  (a fixture)
from lab_crm.utils.errors import Refusal
from tests.security import walk
from tests.security.matrix import DECLARED, OUTSIDERS, PERSONS, STAFF
from tests.security.scenario import Scenario
from tests.support.door import THROUGH, knock, requested

ENDPOINTS, DESK = DECLARED["endpoints"], DECLARED["desk"]
PUBLIC = set(DECLARED["framework"]["public"])
EVERYBODY, SIGNED_IN = "everybody", "signed in"


def may_call(person: str, name: str) -> bool:
	"""Say whether the matrix lets somebody past the gate to a method."""
	if person in STAFF or name in PUBLIC:
		return True
	callers = ENDPOINTS.get(name, {}).get("callers", ())
	return callers == EVERYBODY or (callers == SIGNED_IN and person != "Guest") or person in callers


class TestDeclarations:
	"""Whatever is new must be declared first."""

	def test_all_modules_of_ours_can_be_imported(self, site):
		assert not [name for name in walk.load_apps() if name.startswith(walk.OURS)]

	def test_every_endpoint_is_declared(self, site):
		found = {
			path: {"callers": _callers(spec), "methods": list(spec.methods)} for path, spec in load().items()
		}
		assert found == ENDPOINTS

	def test_every_other_whitelisted_function_of_ours_is_declared(self, site):
		found = {
			name: frappe.allowed_http_methods_for_whitelisted_func[function]
			for name, function in walk.own_functions().items()
			if name not in load()
		}
		assert found == {name: given["methods"] for name, given in DESK.items()}

	def test_only_endpoints_are_whitelisted_for_guests(self, site):
		guests = {id(function) for function in frappe.guest_methods}
		own = walk.own_functions()
		assert {name for name, function in own.items() if id(function) in guests} == set(ENDPOINTS)

	def test_the_gates_list_is_the_declared_one(self, site):
		opened = frappe.get_hooks("lab_crm_public_methods")
		assert set(gate.FRAMEWORK_METHODS) | set(opened) == PUBLIC

	def test_an_undeclared_method_makes_these_tests_fail(self, site, monkeypatch):
		def sneaked_in():
			"""A method that somebody forgot to declare."""

		sneaked_in.__module__ = "lab_crm.booking.service"
		monkeypatch.setattr(frappe, "whitelisted", _with(frappe.whitelisted, sneaked_in))
		assert walk.full_name(sneaked_in) in set(walk.own_functions()) - set(DESK) - set(ENDPOINTS)


def _with(known, function):
	return type(known)([*known, function])


def _callers(spec):
	if spec.roles:
		return list(spec.roles)
	return EVERYBODY if spec.guest else SIGNED_IN


@pytest.fixture
def plain_pages(monkeypatch):
	"""The page of what does not exist, without rendering it a thousand times."""
	monkeypatch.setattr(gate, "get_response", lambda path: Response("there is no such page"))


@pytest.mark.parametrize("person", PERSONS)
def test_the_gate_lets_through_what_the_matrix_declares(as_user, plain_pages, person):
	names = walk.callable_names()
	assert len(names) > 500, "the walk has not found the framework's methods"
	wrong = []
	with as_user(person):
		for name in sorted(names | PUBLIC | set(ENDPOINTS)):
			by_path = knock(f"/api/method/{name}", "POST") == THROUGH
			by_command = knock("/", "POST", cmd=name) == THROUGH
			if (by_path, by_command) != (may_call(person, name),) * 2:
				wrong.append(f"{name}: path {by_path}, cmd {by_command}")
	assert not wrong


@pytest.mark.parametrize("person", PERSONS)
def test_an_endpoint_checks_its_caller_itself(as_user, person):
	"""Staff pass the gate; the method's own check must hold for them too."""
	with as_user(person):
		for path, spec in load().items():
			callers = ENDPOINTS[path]["callers"]
			expected = (
				callers == EVERYBODY or (callers == SIGNED_IN and person != "Guest") or person in callers
			)
			try:
				check_caller(spec)
				allowed = True
			except Refusal as refusal:
				allowed = False
				assert refusal.http_status_code == (401 if person == "Guest" else 403)
			assert allowed == expected, path


@pytest.mark.parametrize("name", sorted(DESK))
def test_a_desk_method_serves_its_roles_only(make, as_user, monkeypatch, kept, name):  # noqa: F811
	monkeypatch.setattr(frappe, "enqueue", lambda *given, **named: None)
	scenario = Scenario(make)
	frappe.db.commit()
	served = {person for person in PERSONS if _is_served(as_user, person, name, scenario)}
	assert served == set(DESK[name]["roles"])


def _is_served(as_user, person: str, name: str, scenario: Scenario) -> bool:
	"""Call a desk method as somebody; undo what it did. An answer other than "forbidden" counts as served."""
	with as_user(person):
		try:
			_call(name, scenario)
		except frappe.PermissionError:
			return False
		except Refusal as refusal:
			return refusal.http_status_code not in (401, 403)
		except frappe.ValidationError:
			return True
		finally:
			frappe.db.rollback()
			frappe.clear_messages()
	return True


def _call(name: str, scenario: Scenario) -> None:
	given = DESK[name]
	arguments = {key: scenario.value(value) for key, value in given["arguments"].items()}
	document = given.get("document")
	with requested("/", "POST"):
		if not document:
			_execute(name, arguments)
			return
		doctype, key = document.split("/")
		frappe.handler.run_doc_method(
			name.rsplit(".", 1)[-1], dt=doctype, dn=scenario.value(key), args=json.dumps(arguments)
		)


def _execute(name: str, arguments: dict) -> None:
	function = frappe.get_attr(name)
	frappe.is_whitelisted(function)
	frappe.call(function, **arguments)


@pytest.mark.parametrize("person", OUTSIDERS)
def test_outsiders_are_the_frameworks_guests_or_website_users(as_user, person):
	with as_user(person):
		assert not gate.is_staff()


@pytest.mark.parametrize("person", STAFF)
def test_staff_have_the_desk(as_user, person):
	with as_user(person):
		assert gate.is_staff()
