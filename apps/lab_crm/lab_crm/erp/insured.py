"""What the front desk sees of a booking or visit by DMS: what the insurer pays, what the patient and why."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import frappe
from frappe import _

from lab_crm.catalogue.prices import format_money
from lab_crm.erp import books, counterparts, guarantee, invoices
from lab_crm.utils.errors import Refusal
from lab_crm.utils.rights import require

DOCTYPES = ("Booking", "Visit")
INSURER, PATIENT = "Insurer", "Patient"


@frappe.whitelist(methods=["GET", "POST"])
def who_pays(doctype: str, name: str) -> dict[str, Any]:
	"""Return who pays for a booking or visit: as it is billed, or as it would be billed now.

	Args:
		doctype: Booking or Visit.
		name: its name.

	Returns:
		`name`, `funding`; for DMS also `contract`, `rows` (service_name, price, payer, reason),
		`insurer_sum`, `patient_sum` (roubles), `message` for the receptionist, `billed` (nothing changes any
		more), `letter` (one pays, so none has to be requested).

	Raises:
		frappe.PermissionError: the user may not read letters or the document.
		Refusal: NOT_INSURED (404) for another DocType.
	"""
	require(guarantee.LETTER, "read")
	if doctype not in DOCTYPES:
		raise Refusal("NOT_INSURED", _("Only bookings and visits are paid by insurers"), "doctype", 404)
	doc = frappe.get_doc(doctype, name)
	doc.check_permission("read")
	if doc.funding != guarantee.DMS:
		return {"name": name, "funding": doc.funding}
	funding = guarantee.fund(doc, _bought(doc), _day(doc))
	billed = doctype == "Visit" and books.available() and bool(invoices.of_visit(name))
	rows = _billed(name) if billed else _foreseen(funding)
	return {
		"name": name,
		"funding": doc.funding,
		"contract": funding.contract and funding.contract.name,
		"rows": [{**row, "price": float(row["price"])} for row in rows],
		"insurer_sum": float(_sum(rows, INSURER)),
		"patient_sum": float(_sum(rows, PATIENT)),
		"message": _message(rows, funding),
		"billed": billed,
		"letter": any(row["letter"] for row in rows),
	}


def patients_part(visit) -> Decimal:
	"""Return what the patient would owe for a visit that is not billed yet.

	Args:
		visit: the Visit document.
	"""
	if visit.funding != guarantee.DMS:
		return Decimal(0)
	rest = guarantee.fund(visit, _bought(visit), _day(visit)).rest()
	return sum((share.price for share in rest), Decimal(0))


def _day(doc):
	return frappe.utils.getdate(doc.checked_in_at if doc.doctype == "Visit" else doc.start)


def _bought(doc) -> list:
	return invoices.bought_for(doc) if doc.doctype == "Visit" else doc.services


def _foreseen(funding: guarantee.Funding) -> list[dict[str, Any]]:
	return [
		{
			"service_name": share.service_name,
			"price": share.price,
			"payer": INSURER if share.covered else PATIENT,
			"letter": share.decision.letter,
			"reason": guarantee.reason_text(share),
		}
		for share in funding.shares
	]


def _billed(visit: str) -> list[dict[str, Any]]:
	patients = counterparts.of("Visit", visit, invoices.PATIENTS)
	used = frappe.get_all(guarantee.USE, {"visit": visit, "released_at": ("is", "not set")}, pluck="letter")
	return [
		{
			"service_name": row.item_name,
			"price": books.money(row.amount),
			"payer": PATIENT if invoice == patients else INSURER,
			"letter": used[0] if used and invoice != patients else None,
			"reason": "",
		}
		for invoice in invoices.of_visit(visit)
		for row in invoices.not_returned(invoice)
	]


def _sum(rows: list[dict[str, Any]], payer: str) -> Decimal:
	return sum((row["price"] for row in rows if row["payer"] == payer), Decimal(0))


def _message(rows: list[dict[str, Any]], funding: guarantee.Funding) -> str:
	theirs, own = _sum(rows, INSURER), _sum(rows, PATIENT)
	if own and not theirs:
		return _("The patient pays for everything, {0}: {1}").format(
			format_money(own), "; ".join(_named(rows))
		)
	if own:
		text = _("The patient pays {0}: {1}. The insurer pays {2}")
		return text.format(format_money(own), "; ".join(_named(rows)), format_money(theirs))
	if not funding.insurer:
		return _("The patient's card names no insurer of DMS: nobody knows whom to bill")
	if not funding.contract:
		return _("There is no contract with {0}: everything is billed to it").format(funding.insurer)
	return _("The insurer pays for everything: {0}").format(format_money(theirs))


def _named(rows: list[dict[str, Any]]) -> Iterator[str]:
	for row in rows:
		if row["payer"] == PATIENT:
			yield f"{row['service_name']} — {row['reason']}" if row["reason"] else row["service_name"]
