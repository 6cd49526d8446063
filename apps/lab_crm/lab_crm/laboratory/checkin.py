"""The front desk: a patient comes, with a booking or without; the visit, the order and the tubes are made in
one step."""

from dataclasses import dataclass
from decimal import Decimal

import frappe
from frappe import _

from lab_crm.catalogue import price_book, prices
from lab_crm.journey import events
from lab_crm.laboratory import recollection
from lab_crm.laboratory.composition import Line, Service, compose, materials
from lab_crm.laboratory.doctype.specimen.specimen import free_barcode
from lab_crm.utils.errors import Refusal
from lab_crm.utils.rights import require
from lab_crm.utils.workflow import system_move

EXPECTED = ("Booked", "Confirmed")
CHECKED_IN = "Checked In"
AFTER_CHECK_IN = (CHECKED_IN, "Completed")


@dataclass(frozen=True)
class _Arrival:
	"""Who came, where and for what; `key` makes the visit unique (`booking` or `request_key` of Visit)."""

	patient: str
	branch: str
	bought: list[tuple[str, Decimal]]
	total: Decimal
	key: dict[str, str]
	funding: str = prices.SELF_PAY


@frappe.whitelist(methods=["POST"])
def check_in(booking: str) -> dict:
	"""Check a booked patient in.

	Asked twice (a double click, a second tab, two receptionists), it answers with the one visit there is.

	Args:
		booking: name of the Booking.

	Returns:
		`visit`, `order` (None when nothing of the booking is for the laboratory), `specimens` (barcodes),
		`created`.

	Raises:
		frappe.PermissionError: the user may not make visits or change this booking.
		Refusal: `BOOKING_NOT_EXPECTED` (cancelled, a no-show, held or over).
	"""
	require("Visit", "create")
	doc = frappe.get_doc("Booking", booking, for_update=True)
	doc.check_permission("write")
	if doc.status in AFTER_CHECK_IN and (existing := _existing({"booking": booking})):
		return existing
	if doc.status not in EXPECTED:
		raise Refusal(
			"BOOKING_NOT_EXPECTED",
			_("The booking is {0}: it cannot be checked in").format(_(doc.status)),
			"booking",
			409,
			{"status": doc.status},
		)
	bought = [(row.service, Decimal(str(row.price or 0))) for row in doc.services]
	total = Decimal(str(doc.total or 0))
	arrival = _Arrival(doc.patient, doc.branch, bought, total, {"booking": booking}, doc.funding)
	answer = _arrive(arrival, recollection.order_of(booking))
	if answer["created"]:
		system_move(doc, CHECKED_IN)
	return answer


@frappe.whitelist(methods=["POST"])
def check_in_walk_in(patient: str, branch: str, services: list | str, request_key: str) -> dict:
	"""Check in a patient who came without a booking; services cost what the price list says today.

	Args:
		patient: name of the Patient.
		branch: name of the Lab Branch.
		services: names of services (a JSON list from the desk).
		request_key: random key the form made when it was opened, so that a double click makes one visit.

	Returns:
		The same as `check_in`.

	Raises:
		Refusal: `NO_SERVICES`, `NO_PRICE`, `UNKNOWN_SERVICE`, `BAD_KEY`.
	"""
	require("Visit", "create")
	frappe.get_doc("Patient", patient).check_permission("read")
	frappe.get_doc("Lab Branch", branch).check_permission("read")
	names = list(dict.fromkeys(frappe.parse_json(services) or []))
	if not names:
		raise Refusal("NO_SERVICES", _("Choose at least one service"), "services")
	if not request_key or len(request_key) > 40:
		raise Refusal("BAD_KEY", _("The form is out of date: open it again"), "request_key")
	bought = _priced(names, branch)
	total = sum((price for _name, price in bought), Decimal(0))
	return _arrive(_Arrival(patient, branch, bought, total, {"request_key": request_key}))


def _arrive(arrival: _Arrival, open_order: str | None = None) -> dict:
	"""Make the visit and what follows from it, or return the visit that was made meanwhile.

	Args:
		open_order: the order that a tube is collected again for; then no other is made.
	"""
	lines = [] if open_order else _lines(arrival.bought)
	frappe.db.savepoint("arrival")
	try:
		visit = _insert_visit(arrival)
	except (frappe.UniqueValidationError, frappe.DuplicateEntryError):
		frappe.db.rollback(save_point="arrival")
		frappe.clear_last_message()
		return _existing(arrival.key)
	if open_order:
		visit.add_comment("Info", _("Collecting again for the order {0}").format(open_order))
	events.emit("visit.checked_in", patient=visit.patient, booking=visit.booking, visit=visit.name)
	order = _insert_order(visit, lines) if lines else None
	if order:
		keys = {"booking": visit.booking, "visit": visit.name, "lab_order": order.name}
		events.emit("order.placed", patient=visit.patient, **keys)
	return _answer(visit.name, order.name if order else open_order, created=True)


def _existing(key: dict[str, str]) -> dict | None:
	# A locking read: it sees what another tab committed after this transaction's snapshot was taken. Asked
	# only when the visit is there: a lock on a missing key would block (and deadlock) the arrivals beside it.
	visit = frappe.db.get_value("Visit", key, for_update=True)
	if not visit:
		return None
	order = frappe.db.get_value("Lab Order", {"visit": visit}, for_update=True)
	booking = None if order else frappe.db.get_value("Visit", visit, "booking")
	order = recollection.order_of(booking) if booking else order
	return _answer(visit, order, created=False)


def _answer(visit: str, order: str | None, created: bool) -> dict:
	specimens = (
		frappe.get_all("Specimen", filters={"order": order}, pluck="name", order_by="name") if order else []
	)
	return {"visit": visit, "order": order, "specimens": specimens, "created": created}


def _insert_visit(arrival: _Arrival):
	doc = frappe.new_doc("Visit")
	doc.update({"patient": arrival.patient, "branch": arrival.branch, "total": arrival.total, **arrival.key})
	doc.funding = arrival.funding
	for service, price in arrival.bought:
		fields = ("service_name", "kind", "duration_minutes")
		row = frappe.get_cached_value("Lab Service", service, fields, as_dict=True) or {}
		doc.append("services", {"service": service, "price": price, **row})
	# Safe: the right to make visits was checked by the caller; the sum comes from the booking or the price
	# list.
	return doc.insert(ignore_permissions=True)


def _insert_order(visit, lines: list[Line]):
	tubes = {material: free_barcode() for material in materials(lines)}
	doc = frappe.new_doc("Lab Order")
	doc.update(
		{
			"visit": visit.name,
			"patient": visit.patient,
			"patient_name": visit.patient_name,
			"branch": visit.branch,
			"hold_until_call": int(any(line.service.hold_until_call for line in lines)),
		}
	)
	for line in lines:
		doc.append("items", _item(line, tubes))
	# Safe: as for the visit. The items name tubes that are inserted a moment later, hence no check of links.
	doc.insert(ignore_permissions=True, ignore_links=True)
	for material, barcode in tubes.items():
		_insert_specimen(doc, material, barcode)
	return doc


def _item(line: Line, tubes: dict[str, str]) -> dict:
	return {
		"service": line.service.name,
		"service_name": line.service.service_name,
		"from_panel": line.from_panel,
		"sample_type": line.service.sample_type,
		"specimen": tubes.get(line.service.sample_type),
		"price": line.price,
	}


def _insert_specimen(order, material: str, barcode: str) -> None:
	doc = frappe.new_doc("Specimen")
	doc.update({"order": order.name, "patient": order.patient, "patient_name": order.patient_name})
	doc.update({"branch": order.branch, "sample_type": material})
	doc.insert(ignore_permissions=True, set_name=barcode)  # safe: as for the visit


def _lines(bought: list[tuple[str, Decimal]]) -> list[Line]:
	catalogue: dict[str, Service] = {}
	pending = [name for name, _price in bought]
	while pending:
		name = pending.pop()
		if name not in catalogue:
			catalogue[name] = _service(name)
			pending.extend(catalogue[name].parts)
	return compose(bought, catalogue)


def _service(name: str) -> Service:
	try:
		doc = frappe.get_cached_doc("Lab Service", name)
	except frappe.DoesNotExistError:
		raise Refusal("UNKNOWN_SERVICE", _("There is no service {0}").format(name), "services", 404) from None
	return Service(
		name=doc.name,
		service_name=doc.service_name,
		kind=doc.kind,
		sample_type=doc.sample_type or _material_of_analytes(doc),
		parts=tuple(row.service for row in doc.panel_items) if doc.kind == "Panel" else (),
		hold_until_call=bool(doc.hold_result_until_call),
	)


def _material_of_analytes(service) -> str | None:
	"""A test without a material of its own takes that of its first analyte."""
	for row in service.analytes:
		if material := frappe.get_cached_value("Analyte", row.analyte, "sample_type"):
			return material
	return None


def _priced(names: list[str], branch: str) -> list[tuple[str, Decimal]]:
	prices = price_book.prices_of(names, branch)
	if missing := [name for name in names if name not in prices]:
		raise Refusal("NO_PRICE", _("Service {0} has no price today").format(missing[0]), "services")
	return [(name, prices[name].price) for name in names]
