"""Every DocType of ours × every role against the declared matrix, and what the design says about it."""

import frappe
import pytest

from lab_crm.install import ROLES, WEBSITE_ROLES
from lab_crm.laboratory.tests.arrange import Laboratory
from lab_crm.utils import clock
from tests.security import walk
from tests.security.matrix import DECLARED, LEVELS, RIGHTS, rights_of

DOCTYPES = DECLARED["doctypes"]
DIRECTOR, SYSTEM = "Lab Director", "System Manager"
MEDICAL, MONEY = 1, 2
MEDICAL_ROLES = {DIRECTOR, "Lab Doctor", "Lab Nurse", "Lab Integration"}
WITHOUT_MONEY = {"Lab Nurse", "Lab Doctor", "Lab Marketer"}
# Written by the system alone.
LOGS = ("Journey Event", "Patient Access Log", "Message", "Slot Claim", "Specimen Movement")
# Cancelled, superseded or withdrawn, never deleted.
KEPT = (
	*LOGS,
	"Patient",
	"Booking",
	"Visit",
	"Lab Order",
	"Lab Result",
	"Specimen",
	"Specimen Transfer",
	"Critical Alert",
	"Consent",
	"Patient Payment",
	"Payment Request Link",
)


def own_doctypes() -> list[str]:
	modules = frappe.get_all("Module Def", {"app_name": ("like", f"{walk.OURS}%")}, pluck="name")
	return frappe.get_all("DocType", {"module": ("in", modules)}, pluck="name")


class TestDeclarations:
	def test_every_doctype_is_declared(self, site):
		assert set(own_doctypes()) == set(DOCTYPES)

	@pytest.mark.parametrize("doctype", sorted(DOCTYPES))
	def test_rights_are_the_declared_ones(self, site, doctype):
		found: dict[str, dict[int, set[str]]] = {}
		for row in frappe.get_meta(doctype).permissions:
			rights = {right for right in RIGHTS if row.get(right)}
			found.setdefault(row.role, {})[row.permlevel or 0] = rights
			assert not row.if_owner, "the matrix knows no rights of owners"
		assert found == rights_of(doctype)

	@pytest.mark.parametrize("doctype", sorted(DOCTYPES))
	def test_fields_stand_on_the_declared_levels(self, site, doctype):
		found: dict[str, list[str]] = {}
		for field in frappe.get_meta(doctype).fields:
			if field.permlevel:
				found.setdefault(str(field.permlevel), []).append(field.fieldname)
		assert found == DOCTYPES[doctype].get("levels", {})


class TestDesign:
	"""What the declared matrix itself must keep to."""

	@pytest.mark.parametrize("doctype", sorted(DOCTYPES))
	def test_only_roles_of_the_laboratory_and_system_managers_have_rights(self, doctype):
		assert set(rights_of(doctype)) <= {*ROLES, SYSTEM}
		assert not set(rights_of(doctype)) & set(WEBSITE_ROLES)

	@pytest.mark.parametrize("doctype", sorted(DOCTYPES))
	def test_the_director_may_all_that_anybody_may(self, doctype):
		rights = rights_of(doctype)
		for role in set(rights) - {SYSTEM}:
			for level, given in rights[role].items():
				assert given <= rights[DIRECTOR].get(level, set()), f"{role} on level {level}"

	@pytest.mark.parametrize("doctype", sorted(DOCTYPES))
	def test_medical_fields_are_for_doctors_and_nurses(self, doctype):
		roles = {role for role, levels in rights_of(doctype).items() if MEDICAL in levels}
		assert roles <= MEDICAL_ROLES

	@pytest.mark.parametrize("doctype", sorted(DOCTYPES))
	def test_money_is_not_for_those_who_treat_and_advertise(self, doctype):
		roles = {role for role, levels in rights_of(doctype).items() if MONEY in levels}
		assert not roles & WITHOUT_MONEY

	@pytest.mark.parametrize("doctype", LOGS)
	def test_a_log_is_written_by_nobody(self, doctype):
		for levels in rights_of(doctype).values():
			for given in levels.values():
				assert not given & (set(LEVELS) - {"read"} | {"import"})

	@pytest.mark.parametrize("doctype", KEPT)
	def test_what_happened_is_not_deleted(self, doctype):
		assert not [role for role, levels in rights_of(doctype).items() if "delete" in levels[0]]

	def test_values_of_results_are_medical(self):
		for fieldname in ("value", "flag", "reference_text", "note"):
			assert fieldname in DOCTYPES["Lab Result Item"]["levels"]["1"]
		assert {"items", "doctor_comment", "is_critical"} <= set(DOCTYPES["Lab Result"]["levels"]["1"])


@pytest.fixture
def lab(make):
	"""A laboratory whose patient has something to hide."""
	lab = Laboratory(make)
	lab.patient.db_set("allergies", "пенициллин")
	return lab


def seen(doctype: str, name: str) -> dict:
	"""Return a document as the framework hands it out to the current user."""
	doc = frappe.get_doc(doctype, name)
	doc.check_permission("read")
	doc.apply_fieldlevel_read_permissions()
	return doc.as_dict()


@pytest.mark.parametrize("role", ["Lab Doctor", "Lab Nurse", DIRECTOR])
def test_who_treats_sees_medical_fields(lab, as_user, role):
	result = lab.report(lab.order(), lab.glucose("5.4"))
	with as_user(role):
		assert seen("Patient", lab.patient.name)["allergies"] == "пенициллин"
		assert seen("Lab Result", result.name)["items"][0]["value"] == "5.4"


@pytest.mark.parametrize("role", ["Lab Receptionist", "Lab Operator", "Lab Administrator", "Lab Marketer"])
def test_nobody_else_sees_them_by_any_reading(lab, as_user, role):
	result = lab.report(lab.order(), lab.glucose("5.4"))
	with as_user(role):
		assert not seen("Patient", lab.patient.name).get("allergies")
		listed = frappe.get_list("Patient", {"name": lab.patient.name}, ["name", "allergies"])
		assert [row.get("allergies") for row in listed] == [None]
		if frappe.has_permission("Lab Result", "read"):
			assert "5.4" not in str(seen("Lab Result", result.name))


def test_a_receptionist_cannot_write_a_medical_field(lab, as_user):
	with as_user("Lab Receptionist"):
		doc = frappe.get_doc("Patient", lab.patient.name)
		doc.allergies = "ничего"
		doc.save()
	assert frappe.db.get_value("Patient", lab.patient.name, "allergies") == "пенициллин"


def test_a_nurse_sees_no_money(lab, as_user):
	booking = lab.booking().name
	with as_user("Lab Nurse"):
		shown = seen("Booking", booking)
		assert not shown.get("total") and not shown["services"][0].get("price")
	with as_user("Lab Accountant"):
		assert seen("Booking", booking)["total"] == 900


class TestBranch:
	"""A receptionist bound to a branch by a User Permission."""

	@pytest.fixture
	def branches(self, make, as_user):
		"""The laboratories of two branches; the receptionist is bound to the first."""
		own, other = Laboratory(make), Laboratory(make)
		with as_user("Lab Receptionist") as user:
			pass
		bound = {
			"user": user,
			"allow": "Lab Branch",
			"for_value": own.branch.name,
			"apply_to_all_doctypes": 1,
		}
		permission = frappe.get_doc({"doctype": "User Permission", **bound}).insert()
		yield own, other
		permission.delete()  # the cache that it went to is not rolled back

	@pytest.mark.parametrize("doctype", ["Booking", "Visit", "Lab Order"])
	def test_sees_its_own_documents_only(self, branches, as_user, doctype):
		mine, foreign = (self._document(lab, doctype) for lab in branches)
		with as_user("Lab Receptionist"):
			listed = frappe.get_list(doctype, {"name": ("in", [mine, foreign])}, pluck="name")
			assert listed == [mine]
			assert frappe.has_permission(doctype, "read", doc=mine)
			assert not frappe.has_permission(doctype, "read", doc=foreign)
			with pytest.raises(frappe.PermissionError):
				frappe.get_doc(doctype, foreign).check_permission("write")

	def test_patients_are_shared_by_the_branches(self, branches, as_user):
		names = {lab.patient.name for lab in branches}
		with as_user("Lab Receptionist"):
			listed = frappe.get_list("Patient", {"name": ("in", list(names))}, pluck="name")
			assert set(listed) == names

	def test_results_are_handed_out_in_any_branch(self, branches, as_user):
		_own, other = branches
		result = other.report(other.order(), other.glucose("5.4")).name
		with as_user("Lab Receptionist"):
			assert frappe.has_permission("Lab Result", "read", doc=result)

	def test_does_not_book_into_another_branch(self, branches, as_user):
		_own, other = branches
		doc = frappe.new_doc("Booking")
		doc.update({"patient": other.patient.name, "branch": other.branch.name, "start": clock.now()})
		with as_user("Lab Receptionist"):
			assert not doc.has_permission("create")

	def _document(self, lab: Laboratory, doctype: str) -> str:
		if doctype == "Booking":
			return lab.booking().name
		order = lab.order()
		return order.name if doctype == "Lab Order" else order.visit
