"""What other laboratories cost: a draft Purchase Invoice for each referral that has come back (F26)."""

import frappe
from frappe import _

from lab_crm.erp import books, branches, counterparts, items
from lab_crm.utils import clock

REFERRAL, INVOICE = "External Referral", "Purchase Invoice"
TAKEN_BACK = "Taken Back"


def returned(event) -> None:
	"""Make the draft of what a laboratory will ask for.

	Args:
		event: the Journey Event `referral.returned`.
	"""
	bill(event.details["referral"])


def bill(referral: str) -> str | None:
	"""Return the draft Purchase Invoice of a referral, made once; None without an ERP or without a cost.

	An accountant compares it with the laboratory's own invoice and submits it.
	"""
	if not books.available() or not frappe.db.exists("DocType", INVOICE):
		return None
	doc = frappe.get_doc(REFERRAL, referral)
	rows = [row for row in doc.items if row.state != TAKEN_BACK and books.money(row.cost)]
	if not rows:
		return None
	with books.as_system():
		supplier = supplier_of(doc.laboratory)
		name = counterparts.once(REFERRAL, referral, "bill", INVOICE, lambda: _make(doc, supplier, rows))
	frappe.db.set_value(REFERRAL, referral, "purchase_invoice", name)
	return name


def supplier_of(laboratory: str) -> str:
	"""Return the Supplier of an external laboratory: the one it names, else one of its title, made."""
	named = frappe.db.get_value("External Laboratory", laboratory, "supplier")
	if named and frappe.db.exists("Supplier", named):
		return named

	def make() -> str:
		title = named or laboratory
		if known := frappe.db.get_value("Supplier", {"supplier_name": title}):
			return known
		group = books.pick("Supplier Group", "Services", "All Supplier Groups")
		doc = books.new("Supplier", supplier_name=title, supplier_group=group, supplier_type="Company")
		return doc.insert(ignore_permissions=True).name  # safe: the bridge's own master

	return counterparts.once("External Laboratory", laboratory, "supplier", "Supplier", make)


def _make(referral, supplier: str, rows: list) -> str:
	day = clock.now().date()
	doc = books.new(
		INVOICE,
		supplier=supplier,
		posting_date=day,
		due_date=day,
		bill_date=day,
		currency=books.setting("default_currency"),
		conversion_rate=1,
		credit_to=books.setting("default_payable_account"),
		remarks=_("Referral {0}", lang="ru").format(referral.name),
	)
	center = branches.cost_center(referral.branch)
	for row in rows:
		doc.append(
			"items",
			{
				"item_code": items.of(row.service),
				"item_name": row.service_name[:140],
				"description": f"{row.service_name}, {row.lab_order}",
				"qty": 1,
				"uom": items.unit(),
				"stock_uom": items.unit(),
				"conversion_factor": 1,
				"rate": row.cost,
				"expense_account": books.setting("default_expense_account"),
				"cost_center": center,
			},
		)
	# safe: the bridge writes what the laboratory's documents say; an accountant submits it
	return doc.insert(ignore_permissions=True).name
