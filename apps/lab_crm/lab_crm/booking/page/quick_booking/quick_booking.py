"""What the quick booking screen asks the server for (F8): by phone, in one go, from the keyboard."""

from datetime import date, datetime
from typing import Any

import frappe
from frappe import _

from lab_crm.booking import availability, board, opening_hours, service, view
from lab_crm.catalogue import services as catalogue
from lab_crm.patients import phones
from lab_crm.privacy import consents as privacy
from lab_crm.utils.errors import Refusal

MOST_FOUND = 8
MOST_PATIENTS = 20
CHANNELS = ("Phone", "Reception")


@frappe.whitelist(methods=["GET"])
def get_start() -> dict[str, Any]:
	"""Return what the screen begins with: `branches` for the user, texts of `consents`, the `channel` and
	who may pay (`fundings`, the usual one first).

	Raises:
		frappe.PermissionError: the user may not make bookings.
	"""
	_require_booker()
	forms = privacy.published_forms()
	required = service.required_consents()
	order = [*(one for one in privacy.PURPOSES if one in required), privacy.SERVICE]
	return {
		"branches": board.permitted_branches(),
		"consents": [
			{
				"purpose": purpose,
				"text": forms[purpose].short_text if purpose in forms else _(purpose),
				"is_required": purpose in required,
			}
			for purpose in dict.fromkeys(order)
			if purpose in forms or purpose in required
		],
		"channel": "Reception" if "Lab Receptionist" in frappe.get_roles() else "Phone",
		"fundings": _fundings(),
	}


@frappe.whitelist(methods=["GET"])
def find_patients(phone: str) -> dict[str, Any]:
	"""Return the `patients` of a phone (several share one: twins, a family) and the `mobile` in E.164, None
	while it is no whole number.

	Each has `name`, `full_name`, `birth_date`, `sex` and the purposes agreed to (`consents`).

	Raises:
		frappe.PermissionError: the user may not make bookings.
	"""
	_require_booker()
	mobile = phones.to_e164(phone)
	if not mobile:
		return {"mobile": None, "patients": []}
	rows = frappe.get_list(
		"Patient",
		filters={"mobile": mobile, "status": "Active"},
		fields=["name", "full_name", "birth_date", "sex"],
		order_by="full_name, birth_date",
		limit_page_length=MOST_PATIENTS,
	)
	given = privacy.given_by(row.name for row in rows)
	return {"mobile": mobile, "patients": [{**row, "consents": sorted(given[row.name])} for row in rows]}


@frappe.whitelist(methods=["GET"])
def find_services(branch: str, text: str) -> list[dict[str, Any]]:
	"""Return the services that match what is being typed, the best first, with the prices of the branch.

	Raises:
		frappe.PermissionError: the user may not make bookings.
	"""
	_require_booker()
	fields = ("name", "service_name", "kind", "price", "duration_minutes", "preparation")
	found = catalogue.list_services(branch, text, page_length=MOST_FOUND, online_only=False)
	return [{field: row[field] for field in fields} for row in found["services"]]


@frappe.whitelist(methods=["GET"])
def find_slots(
	branch: str,
	services: list | str,
	first_day: str | None = None,
	specialist: str | None = None,
	resource: str | None = None,
	funding: str = opening_hours.SELF_PAY,
) -> list[dict[str, Any]]:
	"""Return the free starts of a fortnight: `start` (ISO 8601, local), `specialist`, `specialist_name`.

	Args:
		branch: name of the Lab Branch.
		services: codes of the Lab Services (a JSON list from the desk).
		first_day: local day, ISO 8601; None: today.
		specialist, resource: only this one, as chosen on the schedule board.
		funding: who pays, as in Booking.

	Raises:
		frappe.PermissionError: the user may not make bookings, or not in this branch.
		Refusal: as `availability.get_slots`; DATE_INVALID, FUNDING_UNKNOWN.
	"""
	_require_booker(branch)
	day = _parsed(date, first_day, "first_day") if first_day else None
	found = availability.get_slots(
		branch,
		frappe.parse_json(services),
		day,
		**_details(specialist, resource, funding),
	)
	return [{key: slot[key] for key in ("start", "specialist", "specialist_name")} for slot in found]


@frappe.whitelist(methods=["POST"])
def book(
	branch: str,
	services: list | str,
	start: str,
	patient: str,
	consents: list | str,
	request_key: str,
	channel: str = "Phone",
	specialist: str | None = None,
	resource: str | None = None,
	funding: str = opening_hours.SELF_PAY,
) -> dict[str, Any]:
	"""Book by `service.create` as staff do; what is not told here is as for `find_slots`.

	Args:
		start: ISO 8601 with offset.
		patient: name of a Patient, or a JSON object of a new one (`patients.person.from_dict`).
		consents: purposes that the patient has just agreed to.
		request_key: random key of the screen: the same one gives the same booking.

	Returns:
		`booking`, `status`, `patient_name`, `start` (local) and `preparation`.

	Raises:
		frappe.PermissionError: the user may not make bookings, not in this branch or not for this patient.
		Refusal: as `service.create`; BAD_KEY, DATE_INVALID, FUNDING_UNKNOWN.
	"""
	_require_booker(branch)
	doc = service.create(
		branch,
		frappe.parse_json(services),
		_parsed(datetime, start, "start"),
		_patient(patient),
		frappe.parse_json(consents),
		{"channel": channel if channel in CHANNELS else CHANNELS[0]},
		_checked_key(request_key),
		**_details(specialist, resource, funding),
	)
	shown = view.of(doc)
	return {key: shown[key] for key in ("booking", "status", "patient_name", "start", "preparation")}


def _require_booker(branch: str | None = None) -> None:
	if not frappe.has_permission("Booking", "create") or not frappe.has_permission("Patient", "read"):
		frappe.throw(_("You have no access to this"), frappe.PermissionError)
	if branch:
		frappe.get_doc("Lab Branch", branch).check_permission("read")


def _patient(given: str) -> dict[str, Any] | str:
	if given.lstrip().startswith("{"):
		if not frappe.has_permission("Patient", "create"):
			frappe.throw(_("You have no access to this"), frappe.PermissionError)
		return frappe.parse_json(given)
	frappe.get_doc("Patient", given).check_permission("read")
	return given


def _fundings() -> list[str]:
	return frappe.get_meta("Booking").get_field("funding").options.split("\n")


def _details(specialist: str | None, resource: str | None, funding: str) -> dict[str, Any]:
	if funding not in _fundings():
		raise Refusal("FUNDING_UNKNOWN", _("There is no such kind of payment"), field="funding")
	return {
		"specialist": specialist or None,
		"resource": resource or None,
		"funding": funding,
		"online": False,
	}


def _checked_key(key: str) -> str:
	if not 16 <= len(key) <= 40:
		raise Refusal("BAD_KEY", _("The form is out of date: open it again"), "request_key")
	return key


def _parsed(kind: type, text: str, field: str):
	try:
		value = kind.fromisoformat(text)
	except ValueError:
		value = None
	if value is None or (kind is datetime and value.tzinfo is None):
		raise Refusal("DATE_INVALID", _("A date is expected, as 2026-11-21"), field=field)
	return value
