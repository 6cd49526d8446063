"""Unpaid invoices whose day has passed."""

import frappe
from frappe.utils import today


def mark() -> None:
	"""Mark them as overdue; run daily."""
	for doctype in ("Sales Invoice", "Purchase Invoice"):
		late = frappe.get_all(
			doctype,
			filters={
				"docstatus": 1,
				"status": ("in", ("Unpaid", "Partly Paid")),
				"due_date": ("<", today()),
				"outstanding_amount": (">", 0),
			},
			pluck="name",
		)
		for name in late:
			frappe.db.set_value(doctype, name, "status", "Overdue")
