import frappe

from lab_erp.utils.ledger import LedgerEntry


class StockLedgerEntry(LedgerEntry):
	"""One movement of an item in a warehouse."""


def on_doctype_update():
	"""Movements of a pair are numbered without gaps or twins."""
	frappe.db.add_unique(
		"Stock Ledger Entry",
		["item_code", "warehouse", "entry_number"],
		constraint_name="unique_entry_number",
	)
