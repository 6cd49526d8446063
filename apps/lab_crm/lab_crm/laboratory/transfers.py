"""Courier lists between branches: tubes are packed and received by scanning (F24).

Scans may come twice or late (a phone without network keeps them and sends them again), so every barcode of a
call gets an answer of its own, and one that was taken before is taken as it is.
"""

from collections.abc import Callable
from datetime import datetime

import frappe
from frappe import _

from lab_crm.laboratory import branch_rights, custody
from lab_crm.laboratory.barcodes import is_barcode
from lab_crm.laboratory.progress import set_quickly
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.rights import require

DOCTYPE = "Specimen Transfer"
PACKING, IN_TRANSIT, RECEIVED, CANCELLED = "Packing", "In Transit", "Received", "Cancelled"
PACKED, MISSING, UNEXPECTED = "Packed", "Missing", "Unexpected"  # states of rows, and Received
PRESENT = ("Collected", "Received", "Stored")
MOST_SCANS = 500
DONE, ALREADY = "done", "already"


@frappe.whitelist(methods=["POST"])
def pack(transfer: str, specimens: list | str) -> dict:
	"""Put tubes on a courier list that is being packed.

	Args:
		transfer: name of the Specimen Transfer.
		specimens: barcodes (a JSON list from the desk).

	Returns:
		`done` and `already` (barcodes), `refused` (`barcode`, `code`, `message`), `packed` (tubes on the
		list).

	Raises:
		frappe.PermissionError: the user may not write this list, or not in the branch it leaves from.
		Refusal: `NOT_PACKING` (409), `TOO_MANY_SCANS`.
	"""
	doc = _opened(transfer, "from_branch", PACKING)
	answer = _each(specimens, lambda barcode: _pack(doc, barcode))
	_save(doc)
	return {**answer, "packed": doc.packed_count}


@frappe.whitelist(methods=["POST"])
def unpack(transfer: str, specimen: str) -> int:
	"""Take a tube off a list that is being packed; return how many are left on it.

	Raises:
		frappe.PermissionError: as `pack`.
		Refusal: `NOT_PACKING`, `NOT_ON_LIST` (409).
	"""
	doc = _opened(transfer, "from_branch", PACKING)
	row = _row(doc, specimen)
	if not row:
		raise Refusal("NOT_ON_LIST", _("Specimen {0} is not on this list").format(specimen), status=409)
	tube = _tube(specimen)
	doc.items.remove(row)
	set_quickly(tube, transfer=None)
	custody.note(tube.name, custody.UNPACKED, doc.from_branch, doc.name)
	_save(doc)
	return doc.packed_count


@frappe.whitelist(methods=["POST"])
def hand_over(
	transfer: str, courier_name: str, seal_number: str, temperature: float | str, expected_at: str
) -> str:
	"""Hand a packed list over to the courier; return its status.

	Args:
		courier_name: who takes it.
		seal_number: of the container.
		temperature: in the container, °C.
		expected_at: when it is to arrive (naive, site zone).

	Raises:
		frappe.PermissionError: as `pack`.
		Refusal: `NOT_PACKING`, `EMPTY_LIST` (409), `FIELD_MISSING`, `BAD_TEMPERATURE`, `EXPECTED_IN_PAST`.
	"""
	doc = _opened(transfer, "from_branch", PACKING)
	if not doc.items:
		raise Refusal("EMPTY_LIST", _("Nothing is packed: scan the tubes first"), "items", 409)
	doc.update(
		{
			"status": IN_TRANSIT,
			"courier_name": _filled(doc, "courier_name", courier_name),
			"seal_number": _filled(doc, "seal_number", seal_number),
			"temperature_out": _degrees(temperature),
			"expected_at": _to_come(expected_at),
			"handed_over_at": clock.now(),
			"handed_over_by": frappe.session.user,
		}
	)
	remark = _("Courier: {0}, seal {1}").format(doc.courier_name, doc.seal_number)
	for row in doc.items:
		if row.state != PACKED:
			continue  # it went with another list meanwhile
		tube = _tube(row.specimen)
		if tube.status != "Rejected":
			set_quickly(tube, status="Sent")
		custody.note(tube.name, custody.HANDED_OVER, doc.from_branch, doc.name, remark=remark)
	_save(doc)
	return doc.status


@frappe.whitelist(methods=["POST"])
def receive(transfer: str, specimens: list | str) -> dict:
	"""Receive tubes that a courier brought, by scanning; those that are not on the list are noted as such.

	A tube that was missing when the list was closed may still be received.

	Args and raises as `pack`; Refusal `NOT_IN_TRANSIT` (409).

	Returns:
		The same as `pack`, with `waiting` (barcodes not scanned yet) and `unexpected` (barcodes) instead of
		`packed`.
	"""
	doc = _opened(transfer, "to_branch", IN_TRANSIT, RECEIVED)
	answer = _each(specimens, lambda barcode: _receive(doc, barcode))
	_save(doc)
	return {
		**answer,
		"waiting": [row.specimen for row in doc.items if row.state in (PACKED, MISSING)],
		"unexpected": [row.specimen for row in doc.items if row.state == UNEXPECTED],
	}


@frappe.whitelist(methods=["POST"])
def close(transfer: str, temperature: float | str, seal_broken: bool | int | str = 0) -> dict:
	"""End the receiving of a list: tubes that were not scanned are missing.

	Args:
		temperature: in the container on arrival, °C.
		seal_broken: whether the seal was broken or another.

	Returns:
		`missing` and `unexpected` (barcodes).

	Raises:
		frappe.PermissionError: as `pack`.
		Refusal: `NOT_IN_TRANSIT` (409), `BAD_TEMPERATURE`.
	"""
	doc = _opened(transfer, "to_branch", IN_TRANSIT)
	doc.update(
		{
			"status": RECEIVED,
			"temperature_in": _degrees(temperature),
			"seal_broken": frappe.utils.cint(seal_broken),
			"received_at": clock.now(),
			"received_by": frappe.session.user,
			"late_since": None,
		}
	)
	for row in doc.items:
		if row.state == PACKED:
			row.state = MISSING
			custody.note(_tube(row.specimen).name, custody.NOT_RECEIVED, doc.to_branch, doc.name)
	_save(doc)
	return {
		state.lower(): [row.specimen for row in doc.items if row.state == state]
		for state in (MISSING, UNEXPECTED)
	}


@frappe.whitelist(methods=["POST"])
def cancel(transfer: str) -> None:
	"""Cancel a list that is being packed: its tubes stay where they are.

	Raises:
		frappe.PermissionError: as `pack`.
		Refusal: `NOT_PACKING` (409).
	"""
	doc = _opened(transfer, "from_branch", PACKING)
	for row in doc.items:
		if row.state != PACKED:
			continue
		tube = _tube(row.specimen)
		set_quickly(tube, transfer=None)
		custody.note(tube.name, custody.UNPACKED, doc.from_branch, doc.name)
	doc.status = CANCELLED
	_save(doc)


def note_late() -> list[str]:
	"""Note the lists that should have arrived (scheduler); return them. Who is told is a Notification."""
	due = {"status": IN_TRANSIT, "expected_at": ("<", clock.now()), "late_since": ("is", "not set")}
	noted = []
	for name in frappe.get_all(DOCTYPE, due, pluck="name", order_by="expected_at"):
		doc = frappe.get_doc(DOCTYPE, name, for_update=True)
		if doc.status == IN_TRANSIT and not doc.late_since:
			doc.db_set("late_since", doc.expected_at, notify=True)
			noted.append(name)
	return noted


def _opened(transfer: str, side: str, *statuses: str):
	"""Return the list, locked, once the user may act at this side of it and it is in one of the statuses."""
	require(DOCTYPE, "write")
	doc = frappe.get_doc(DOCTYPE, transfer, for_update=True)
	doc.check_permission("write")
	if not branch_rights.may_act_in(DOCTYPE, doc.get(side)):
		frappe.throw(_("You have no access to this"), frappe.PermissionError)
	if doc.status not in statuses:
		code = "NOT_PACKING" if statuses == (PACKING,) else "NOT_IN_TRANSIT"
		message = _("The courier list is {0}: this cannot be done with it").format(
			_(doc.status, context=DOCTYPE)
		)
		raise Refusal(code, message, status=409)
	return doc


def _each(specimens: list | str, take: Callable[[str], str]) -> dict[str, list]:
	"""Take every barcode by itself: what is wrong with one keeps no other back."""
	barcodes = list(dict.fromkeys("".join(str(one).split()) for one in frappe.parse_json(specimens) or []))
	if len(barcodes) > MOST_SCANS:
		raise Refusal("TOO_MANY_SCANS", _("Send at most {0} barcodes at a time").format(MOST_SCANS))
	answer: dict[str, list] = {DONE: [], ALREADY: [], "refused": []}
	for barcode in barcodes:
		try:
			answer[take(barcode)].append(barcode)
		except Refusal as refusal:
			told = {"barcode": barcode, "code": refusal.code, "message": refusal.message}
			answer["refused"].append(told)
	frappe.local.refusal = None  # each is told in the answer; none of them failed the request
	return answer


def _pack(doc, barcode: str) -> str:
	if _row(doc, barcode):
		return ALREADY
	tube = _present(barcode)
	if tube.transfer:
		message = _("Specimen {0} is on the courier list {1} already").format(barcode, tube.transfer)
		raise Refusal("ON_ANOTHER_LIST", message, status=409)
	here = tube.location or tube.branch
	if here != doc.from_branch:
		place = frappe.db.get_value("Lab Branch", here, "branch_name") or here
		message = _("Specimen {0} is in the branch {1}, not here").format(barcode, place)
		raise Refusal("WRONG_BRANCH", message, status=409)
	row = {"specimen": tube.name, "sample_type": tube.sample_type, "state": PACKED}
	doc.append("items", {**row, "packed_at": clock.now()})
	set_quickly(tube, transfer=doc.name)
	custody.note(tube.name, custody.PACKED, doc.from_branch, doc.name)
	return DONE


def _receive(doc, barcode: str) -> str:
	row = _row(doc, barcode)
	if row and row.state not in (PACKED, MISSING):
		return ALREADY
	tube = _tube(barcode) if row else _present(barcode, "Sent")
	remark = ""
	if not row:
		if not tube.transfer and (tube.location or tube.branch) == doc.to_branch:
			raise Refusal("ALREADY_HERE", _("Specimen {0} is in this branch already").format(barcode))
		remark = _arrived_elsewhere(tube, doc)
		row = doc.append("items", {"specimen": tube.name, "sample_type": tube.sample_type, "note": remark})
	row.update({"state": "Received" if row.packed_at else UNEXPECTED, "received_at": clock.now()})
	values = {"location": doc.to_branch, "transfer": None}
	# A tube that was rejected on its way stays so.
	set_quickly(tube, **values, **({} if tube.status == "Rejected" else {"status": "Received"}))
	custody.note(tube.name, custody.RECEIVED, doc.to_branch, doc.name, remark=remark)
	return DONE


def _arrived_elsewhere(tube, doc) -> str:
	"""Return why a tube is not on the list it came with; the list it was on is told where it went."""
	if not tube.transfer:
		return _("It was on no courier list")
	other = frappe.get_doc(DOCTYPE, tube.transfer, for_update=True)
	if row := _row(other, tube.name):
		row.update({"state": "Received", "received_at": clock.now()})
		row.note = _("It came with the courier list {0}").format(doc.name)
		_save(other)
	return _("It was on the courier list {0}").format(other.name)


def _present(barcode: str, *others: str):
	"""Return a tube, locked, that may be on its way."""
	tube = _tube(barcode)
	if tube.status == "Rejected":
		raise Refusal(
			"SPECIMEN_REJECTED", _("Specimen {0} was rejected: collect another").format(barcode), status=409
		)
	if tube.status not in (*PRESENT, *others):
		message = _("Specimen {0} is not marked as collected").format(barcode)
		raise Refusal("NOT_COLLECTED", message, status=409)
	return tube


def _tube(barcode: str):
	if not is_barcode(barcode):
		message = _("{0} is not a barcode of a specimen: scan it again").format(barcode)
		raise Refusal("BAD_BARCODE", message, "specimens")
	if not frappe.db.exists("Specimen", barcode):
		raise Refusal("UNKNOWN_BARCODE", _("There is no specimen {0}").format(barcode), "specimens", 404)
	return frappe.get_doc("Specimen", barcode, for_update=True)


def _row(doc, barcode: str):
	return next((row for row in doc.items if row.specimen == barcode), None)


def _filled(doc, field: str, value: str) -> str:
	if not (value or "").strip():
		raise Refusal("FIELD_MISSING", _("Fill in: {0}").format(_(doc.meta.get_label(field))), field)
	return value.strip()


def _to_come(given: str) -> datetime:
	found = frappe.utils.get_datetime(given) if given else None
	if not isinstance(found, datetime) or found <= clock.now():
		raise Refusal("EXPECTED_IN_PAST", _("Say when it is to arrive: a time to come"), "expected_at")
	return found.replace(second=0, microsecond=0)  # as the form shows it


def _degrees(given: float | str) -> float:
	try:
		found = float(str(given).replace(",", ".").replace("−", "-"))
	except ValueError:
		found = None
	if found is None or not -100 <= found <= 60:
		raise Refusal("BAD_TEMPERATURE", _("Write the temperature in °C, as 4.5"), "temperature")
	return found


def _save(doc) -> None:
	states = [row.state for row in doc.items]
	doc.packed_count = len(states) - states.count(UNEXPECTED)
	doc.received_count = states.count("Received")
	doc.missing_count, doc.unexpected_count = states.count(MISSING), states.count(UNEXPECTED)
	doc.flags.by_scanning = True
	doc.save(ignore_permissions=True)  # safe: the right to this list and its branch was checked
