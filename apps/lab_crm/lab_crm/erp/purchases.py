"""Approval of purchases (F81): what costs as much as the settings say is submitted in the ERP only after the
director has approved it, within the supplier's contract if it names one.
"""

from datetime import date
from decimal import Decimal

import frappe
from frappe import _

from lab_crm.erp import books
from lab_crm.utils.errors import Refusal
from lab_crm.utils.rights import require

APPROVAL, CONTRACT = "Purchase Approval", "Supplier Contract"
REQUESTED, APPROVED = "Requested", "Approved"
# ERPNext has both; the embedded ERP buys without orders.
TYPES = ("Purchase Invoice", "Purchase Order")


@frappe.whitelist(methods=["GET", "POST"])
def state(doctype: str, name: str) -> dict:
	"""Return what the form of a purchase shows.

	Returns:
		`name`, `needed` (an approval), `ask` (none is on its way for this sum), the last `approval` and its
		`status`, `contracts` (value, label) that it may be bought by.

	Raises:
		Refusal: NOT_A_PURCHASE (404).
	"""
	require(APPROVAL, "read")
	doc = _purchase(doctype, name, "read")
	found = _last(doc)
	on_its_way = found and found.status in (REQUESTED, APPROVED) and books.money(found.amount) >= _amount(doc)
	return {
		"name": name,
		"needed": _needs(doc),
		"ask": _needs(doc) and not on_its_way,
		"approval": found.name if found else None,
		"status": found.status if found else None,
		"contracts": _contracts(doc.supplier, _day(doc)),
	}


@frappe.whitelist(methods=["POST"])
def request(doctype: str, name: str, contract: str | None = None, purpose: str = "") -> str:
	"""Ask for the approval of a purchase; asked again, it answers with the request that waits.

	Args:
		doctype: Purchase Invoice or Purchase Order.
		name: of a draft of it.
		contract: the Supplier Contract it is bought by.
		purpose: what it is for.

	Returns:
		The name of the Purchase Approval.

	Raises:
		Refusal: NOT_A_PURCHASE (404), PURCHASE_SUBMITTED (409), CONTRACT_OF_ANOTHER.
	"""
	require(APPROVAL, "create")
	doc = _purchase(doctype, name, "write")
	if doc.docstatus != 0:
		raise Refusal("PURCHASE_SUBMITTED", _("This purchase is not a draft any more"), status=409)
	# Two clicks ask one after the other.
	frappe.db.get_value(doctype, name, "name", for_update=True)
	found = _last(doc)
	if found and found.status == REQUESTED and books.money(found.amount) == _amount(doc):
		return found.name
	approval = frappe.new_doc(APPROVAL)
	approval.update({"document_type": doctype, "document": name, "contract": contract, "purpose": purpose})
	return approval.insert().name


def fill_in(approval) -> None:
	"""Bring a request to what its purchase says now: supplier, amount.

	Raises:
		Refusal: NOT_A_PURCHASE (404), CONTRACT_OF_ANOTHER.
	"""
	doc = _purchase(approval.document_type, approval.document)
	names = {"supplier": doc.supplier, "supplier_name": doc.supplier_name}
	approval.update({**names, "amount": float(_amount(doc))})
	check_supplier(approval.contract, doc.supplier)


def check(doc, _method: str | None = None) -> None:
	"""Refuse to submit a purchase that nobody has approved; a hook of the ERP's documents.

	Raises:
		Refusal: PURCHASE_NOT_APPROVED, PURCHASE_GREW, CONTRACT_EXCEEDED, CONTRACT_OVER (409).
	"""
	if not _needs(doc):
		return
	found = _last(doc)
	if not found or found.status != APPROVED:
		raise Refusal(
			"PURCHASE_NOT_APPROVED", _("The director has not approved this purchase yet"), status=409
		)
	if _amount(doc) > books.money(found.amount):
		text = _("{0} ₽ was approved: ask for the approval again").format(found.amount)
		raise Refusal("PURCHASE_GREW", text, status=409)
	if found.contract:
		_check_contract(doc, found.contract)


def check_supplier(contract: str | None, supplier: str) -> None:
	"""Refuse a contract with somebody else.

	Raises:
		Refusal: CONTRACT_OF_ANOTHER.
	"""
	if contract and frappe.db.get_value(CONTRACT, contract, "supplier") != supplier:
		raise Refusal("CONTRACT_OF_ANOTHER", _("The contract is with another supplier"), "contract")


def _check_contract(doc, name: str) -> None:
	contract = frappe.get_doc(CONTRACT, name, for_update=True)
	check_supplier(name, doc.supplier)
	first, last = frappe.utils.getdate(contract.valid_from), contract.valid_to
	if _day(doc) < first or (last and _day(doc) > frappe.utils.getdate(last)):
		text = _("Contract {0} is not in force on this day").format(contract.number)
		raise Refusal("CONTRACT_OVER", text, status=409)
	limit = books.money(contract.limit_amount)
	if limit and _spent(name, doc) + _amount(doc) > limit:
		text = _("Contract {0} is for {1} ₽ in all, and this purchase goes beyond it").format(
			contract.number, limit
		)
		raise Refusal("CONTRACT_EXCEEDED", text, status=409)


def _spent(contract: str, doc) -> Decimal:
	"""Return what was bought by a contract with documents of the same kind, as it is now: the contract is
	locked.
	"""
	approval, purchase = frappe.qb.DocType(APPROVAL), frappe.qb.DocType(doc.doctype)
	rows = (
		frappe.qb.from_(approval)
		.join(purchase)
		.on(purchase.name == approval.document)
		.select(purchase.name, purchase.base_grand_total)
		.where((approval.contract == contract) & (approval.document_type == doc.doctype))
		.where((approval.status == APPROVED) & (purchase.docstatus == 1) & (purchase.name != doc.name))
		.for_update()
	).run()
	return sum((books.money(amount) for amount in dict(rows).values()), Decimal(0))


def _purchase(doctype: str, name: str, right: str | None = None):
	if doctype not in TYPES or not frappe.db.exists("DocType", doctype):
		raise Refusal("NOT_A_PURCHASE", _("Only purchases are approved"), "doctype", 404)
	doc = frappe.get_doc(doctype, name)
	if right:
		doc.check_permission(right)
	return doc


def _needs(doc) -> bool:
	least = books.money(frappe.db.get_single_value("ERP Settings", "approve_purchases_from"))
	return bool(least) and not doc.get("is_return") and _amount(doc) >= least


def _amount(doc) -> Decimal:
	return books.money(doc.base_grand_total)


def _day(doc) -> date:
	return frappe.utils.getdate(doc.get("posting_date") or doc.get("transaction_date"))


def _last(doc) -> frappe._dict | None:
	filters = {"document_type": doc.doctype, "document": doc.name}
	fields = ["name", "status", "amount", "contract"]
	rows = frappe.get_all(APPROVAL, filters, fields, order_by="creation desc, name", limit=1)
	return rows[0] if rows else None


def _contracts(supplier: str, day: date) -> list[dict]:
	"""Return the contracts of a supplier that are in force on a day: value, label."""
	filters = {"supplier": supplier, "valid_from": ("<=", day)}
	rows = frappe.get_all(CONTRACT, filters, ["name", "title", "valid_to"], order_by="valid_from desc, name")
	return [
		{"value": row.name, "label": row.title} for row in rows if not row.valid_to or row.valid_to >= day
	]
