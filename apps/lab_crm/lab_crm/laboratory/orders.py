"""Laboratory orders as the outside sees them: what the LIS is told, what it answers, how its messages find
their order."""

from dataclasses import dataclass, field
from datetime import date, datetime

import frappe
from frappe import _
from pypika.terms import Criterion

from lab_crm.journey import events
from lab_crm.laboratory.progress import set_quickly
from lab_crm.utils.errors import Refusal

# A late or repeated answer never moves an order back.
PROGRESS = ("Draft", "Rejected", "Queued", "Sent", "Accepted", "In Progress", "Partially Ready", "Ready")
CANCELLED = "Cancelled"


@dataclass(frozen=True)
class LisPatient:
	"""The person as PID needs them; dates are `datetime.date`, the sex is Male, Female or Unknown."""

	name: str
	last_name: str
	first_name: str
	middle_name: str
	birth_date: date | None
	sex: str
	snils: str
	mobile: str
	email: str


@dataclass(frozen=True)
class LisItem:
	"""One ordered examination; `lis_code` is what the LIS calls it (our code when it has no other name for
	it)."""

	service: str
	service_name: str
	lis_code: str
	loinc: str
	fsli_code: str
	sample_type: str
	specimen: str
	status: str


@dataclass(frozen=True)
class LisSpecimen:
	"""One tube: `material_code` is that of registry 1.2.643.5.1.13.13.11.1081."""

	barcode: str
	sample_type: str
	material_name: str
	material_code: str
	status: str
	collected_at: datetime | None


@dataclass(frozen=True)
class LisOrder:
	"""Everything a LIS message about an order says. Times are naive, in the site's zone."""

	name: str
	placer_number: str
	filler_number: str
	lis_connection: str | None
	status: str
	priority: str
	ordered_at: datetime
	branch: str
	visit: str | None
	comment: str
	patient: LisPatient
	items: list[LisItem] = field(default_factory=list)
	specimens: list[LisSpecimen] = field(default_factory=list)


def order_for_lis(order: str, with_cancelled: bool = False, laboratory: str = "") -> LisOrder:
	"""Return an order with its patient, examinations and tubes.

	Examinations that an external laboratory makes are no matter of our own LIS.

	Args:
		order: name of the Lab Order.
		with_cancelled: also the examinations that are cancelled (to tell the LIS so); they are left out
			otherwise.
		laboratory: the external laboratory whose examinations are asked for; empty: our own.

	Raises:
		frappe.DoesNotExistError: there is no such order.
	"""
	doc = frappe.get_doc("Lab Order", order)
	mine = [row for row in doc.items if (row.external_laboratory or "") == laboratory]
	items = [row for row in mine if with_cancelled or row.status != CANCELLED]
	return LisOrder(
		name=doc.name,
		placer_number=doc.placer_number,
		filler_number=doc.filler_number or "",
		lis_connection=doc.lis_connection,
		status=doc.status,
		priority=doc.priority,
		ordered_at=doc.ordered_at,
		branch=doc.branch,
		visit=doc.visit,
		comment=doc.comment or "",
		patient=_lis_patient(doc.patient),
		items=_lis_items(items),
		specimens=_lis_specimens(doc.name),
	)


def _lis_patient(name: str) -> LisPatient:
	fields = (
		"name",
		"last_name",
		"first_name",
		"middle_name",
		"birth_date",
		"sex",
		"snils",
		"mobile",
		"email",
	)
	row = frappe.db.get_value("Patient", name, fields, as_dict=True)
	return LisPatient(**{key: row[key] if key == "birth_date" else row[key] or "" for key in fields})


def _lis_items(rows: list) -> list[LisItem]:
	services = {
		service.name: service
		for service in frappe.get_all(
			"Lab Service",
			filters={"name": ("in", [row.service for row in rows])},
			fields=["name", "lis_code", "loinc", "fsli_code"],
		)
	}
	return [
		LisItem(
			service=row.service,
			service_name=row.service_name or "",
			lis_code=services[row.service].lis_code or row.service,
			loinc=services[row.service].loinc or "",
			fsli_code=services[row.service].fsli_code or "",
			sample_type=row.sample_type or "",
			specimen=row.specimen or "",
			status=row.status,
		)
		for row in rows
	]


def _lis_specimens(order: str) -> list[LisSpecimen]:
	specimen, material = frappe.qb.DocType("Specimen"), frappe.qb.DocType("Sample Type")
	rows = (
		frappe.qb.from_(specimen)
		.left_join(material)
		.on(material.name == specimen.sample_type)
		.select(specimen.name, specimen.sample_type, specimen.status, specimen.collected_at)
		.select(material.material_name, material.nsi_code)
		.where(specimen["order"] == order)
		.orderby(specimen.creation, specimen.name)
		.run(as_dict=True)
	)
	return [
		LisSpecimen(
			barcode=row.name,
			sample_type=row.sample_type or "",
			material_name=row.material_name or "",
			material_code=row.nsi_code or "",
			status=row.status,
			collected_at=row.collected_at,
		)
		for row in rows
	]


def set_queued(order: str, lis_connection: str) -> bool:
	"""Record that the order waits in the outbox of a connection."""
	return _progress(order, "Queued", lis_connection=lis_connection)


def set_sent(order: str) -> bool:
	"""Record that the order left for the LIS; emits `order.sent` the first time."""
	return _progress(order, "Sent", event="order.sent")


def set_accepted(order: str, filler_number: str | None = None) -> bool:
	"""Record that the LIS took the order, with its own number of it; emits `order.accepted` the first
	time."""
	numbers = {"filler_number": filler_number} if filler_number else {}
	return _progress(order, "Accepted", event="order.accepted", **numbers)


def set_in_progress(order: str, filler_number: str | None = None) -> bool:
	"""Record that the laboratory works on the order."""
	numbers = {"filler_number": filler_number} if filler_number else {}
	return _progress(order, "In Progress", **numbers)


def set_rejected(order: str, reason: str) -> bool:
	"""Record that the LIS refused the order and why; an order with results is never refused afterwards."""
	doc = frappe.get_doc("Lab Order", order, for_update=True)
	if doc.status in ("Partially Ready", "Ready", CANCELLED):
		return False
	_save(doc, "Rejected", rejection_reason=reason)
	return True


def set_cancelled(order: str, reason: str = "") -> None:
	"""Cancel an order that has no results yet.

	Raises:
		Refusal: `ORDER_HAS_RESULTS`.
	"""
	doc = frappe.get_doc("Lab Order", order, for_update=True)
	if doc.status == CANCELLED:
		return
	if frappe.db.exists("Lab Result", {"order": order}):
		raise Refusal(
			"ORDER_HAS_RESULTS", _("The order already has results and cannot be cancelled"), status=409
		)
	for row in doc.items:
		set_quickly(row, status=CANCELLED)
	_save(doc, CANCELLED, rejection_reason=reason)
	_emit("order.cancelled", doc)


@dataclass(frozen=True)
class Candidate:
	"""An order that some number of a LIS message names, and whose it is. `barcode` is the tube it was found
	by."""

	name: str
	placer_number: str
	filler_number: str
	lis_connection: str | None
	status: str
	patient: str
	snils: str
	birth_date: date | None
	barcode: str = ""


def candidates(placers: set[str], fillers: set[str], barcodes: set[str]) -> list[Candidate]:
	"""Return the orders that any of the numbers names, in at most two queries whatever their count.

	Args:
		placers: our numbers of orders (ORC-2, OBR-2).
		fillers: numbers of the LIS (ORC-3, OBR-3).
		barcodes: of specimens (SPM-2, SAC-3).
	"""
	order = frappe.qb.DocType("Lab Order")
	found = []
	if placers or fillers:
		query = _whose(order)
		numbers = [
			field.isin(values)
			for field, values in ((order.placer_number, placers), (order.filler_number, fillers))
			if values
		]
		found += query.where(Criterion.any(numbers)).run(as_dict=True)
	if barcodes:
		query = _whose(order)
		specimen = frappe.qb.DocType("Specimen")
		query = query.join(specimen).on(specimen["order"] == order.name).select(specimen.name.as_("barcode"))
		found += query.where(specimen.name.isin(barcodes)).run(as_dict=True)
	return [_candidate(row) for row in found]


def _candidate(row: dict) -> Candidate:
	texts = ("placer_number", "filler_number", "snils", "barcode")
	return Candidate(**{**row, **{key: row.get(key) or "" for key in texts}})


def _whose(order):
	patient = frappe.qb.DocType("Patient")
	query = frappe.qb.from_(order).join(patient).on(patient.name == order.patient)
	query = query.select(
		order.name, order.placer_number, order.filler_number, order.lis_connection, order.status
	)
	return query.select(order.patient, patient.snils, patient.birth_date)


def set_filler(order: str, filler_number: str) -> None:
	"""Record the number under which the laboratory keeps an order that has none yet."""
	table = frappe.qb.DocType("Lab Order")
	(
		frappe.qb.update(table)
		.set(table.filler_number, filler_number)
		.where((table.name == order) & (table.filler_number.isnull() | (table.filler_number == "")))
	).run()


def _progress(order: str, status: str, event: str | None = None, **fields) -> bool:
	"""Move an order forward; return False, writing at most `fields`, when it is there or further already."""
	doc = frappe.get_doc("Lab Order", order, for_update=True)
	forward = doc.status in PROGRESS and PROGRESS.index(doc.status) < PROGRESS.index(status)
	if forward:
		_save(doc, status, rejection_reason=None, **fields)
		if event:
			_emit(event, doc)
	elif any(doc.get(key) != value for key, value in fields.items()):
		_save(doc, doc.status, **fields)
	return forward


def _save(doc, status: str, **fields) -> None:
	set_quickly(doc, status=status, **fields)


def _emit(event: str, doc) -> None:
	booking = frappe.db.get_value("Visit", doc.visit, "booking") if doc.visit else None
	events.emit(event, patient=doc.patient, booking=booking, visit=doc.visit, lab_order=doc.name)
