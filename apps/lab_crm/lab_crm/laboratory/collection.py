"""After the front desk: tubes are filled, results are handed out."""

import frappe
from frappe import _

from lab_crm.journey import events
from lab_crm.laboratory import custody
from lab_crm.laboratory.barcodes import is_barcode
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.rights import require
from lab_crm.utils.workflow import system_move

PLANNED, COLLECTED, STORED, REJECTED = "Planned", "Collected", "Stored", "Rejected"


@frappe.whitelist(methods=["POST"])
def mark_collected(specimens: list | str) -> dict:
	"""Record that tubes were filled, by their barcodes; one scanned twice stays as it was.

	Args:
		specimens: barcodes (a JSON list from the desk).

	Returns:
		Visit → its new status, for every visit touched.

	Raises:
		frappe.PermissionError: the user may not change specimens.
		Refusal: `BAD_BARCODE` (mistyped), `UNKNOWN_BARCODE`, `SPECIMEN_REJECTED`.
	"""
	require("Specimen", "write")
	orders = []
	for barcode in dict.fromkeys(str(each).strip() for each in frappe.parse_json(specimens) or []):
		doc = _scanned(barcode)
		if doc.status == PLANNED:
			doc.update(
				{"status": COLLECTED, "collected_at": clock.now(), "collected_by": frappe.session.user}
			)
			doc.location = doc.branch
			doc.save()
			custody.note(doc.name, custody.COLLECTED, doc.branch)
		orders.append(doc.order)
	visits = {frappe.db.get_value("Lab Order", order, "visit") for order in dict.fromkeys(orders)} - {None}
	return {visit: follow_collection(visit) for visit in sorted(visits)}


@frappe.whitelist(methods=["POST"])
def reject_specimen(specimen: str, reason: str) -> str:
	"""Record that a tube cannot be used, and plan another in its place.

	Returns:
		The barcode of the new tube.

	Raises:
		frappe.PermissionError: the user may not change specimens.
		Refusal: `REASON_MISSING`, `SPECIMEN_REJECTED`.
	"""
	require("Specimen", "write")
	if not (reason or "").strip():
		raise Refusal("REASON_MISSING", _("Write why the specimen cannot be used"), "reason")
	doc = _scanned(specimen)
	doc.update({"status": REJECTED, "rejection_reason": reason.strip()})
	doc.save()
	custody.note(doc.name, custody.REJECTED, doc.location or doc.branch, remark=reason.strip())
	again = frappe.copy_doc(doc)
	again.update({"status": PLANNED, "rejection_reason": None, "replaces": doc.name})
	again.insert(ignore_permissions=True)  # safe: takes the place of a tube the user may write
	order = frappe.get_doc("Lab Order", doc.order, for_update=True)
	for row in order.items:
		if row.specimen == doc.name and row.status != "Ready":
			row.specimen = again.name
	order.save(ignore_permissions=True)  # safe: as above
	events.emit(
		"specimen.rejected", patient=doc.patient, visit=order.visit, lab_order=order.name, specimen=doc.name
	)
	return again.name


@frappe.whitelist(methods=["POST"])
def store(specimens: list | str, place: str) -> int:
	"""Record where tubes are kept; return how many.

	Args:
		specimens: barcodes (a JSON list from the desk).
		place: refrigerator, rack, shelf.

	Raises:
		frappe.PermissionError: the user may not change specimens.
		Refusal: `PLACE_MISSING`, `NOT_HERE` (not collected, or on its way), and as `mark_collected`.
	"""
	require("Specimen", "write")
	place = (place or "").strip()[:140]
	if not place:
		raise Refusal("PLACE_MISSING", _("Write where the specimen is kept"), "place")
	tubes = [_scanned(str(each).strip()) for each in dict.fromkeys(frappe.parse_json(specimens) or [])]
	for doc in tubes:
		if doc.transfer or doc.status in (PLANNED, "Sent"):
			raise Refusal("NOT_HERE", _("Specimen {0} is not here to be stored").format(doc.name), status=409)
		doc.update({"status": STORED, "storage_place": place})
		doc.save()
		custody.note(doc.name, custody.STORED, doc.location or doc.branch, place=place)
	return len(tubes)


def follow_collection(visit: str) -> str:
	"""Move a visit on as its tubes are filled: the first makes it Collecting, the last Waiting; return its
	status."""
	doc = frappe.get_doc("Visit", visit, for_update=True)
	orders = frappe.get_all(
		"Lab Order", filters={"visit": visit, "status": ("!=", "Cancelled")}, pluck="name"
	)
	states = set(frappe.get_all("Specimen", filters={"order": ("in", orders)}, pluck="status")) - {REJECTED}
	target = None
	if states and PLANNED not in states:
		target = "Waiting"
	elif states - {PLANNED}:
		target = "Collecting"
	if target and doc.status in ("Registered", "Collecting") and doc.status != target:
		system_move(doc, target)
	return doc.status


def _scanned(barcode: str):
	if not is_barcode(barcode):
		raise Refusal(
			"BAD_BARCODE", _("{0} is not a barcode of a specimen: scan it again").format(barcode), "specimens"
		)
	try:
		doc = frappe.get_doc("Specimen", barcode, for_update=True)
	except frappe.DoesNotExistError:
		frappe.clear_last_message()
		raise Refusal(
			"UNKNOWN_BARCODE", _("There is no specimen {0}").format(barcode), "specimens", 404
		) from None
	doc.check_permission("write")
	if doc.status == REJECTED:
		raise Refusal(
			"SPECIMEN_REJECTED", _("Specimen {0} was rejected: collect another").format(barcode), status=409
		)
	return doc
