import frappe
from frappe.model.document import Document


class Bin(Document):
	"""How much of an item a warehouse has, and what it is worth."""


def on_doctype_update():
	"""One row for an item in a warehouse: the database decides."""
	frappe.db.add_unique("Bin", ["item_code", "warehouse"], constraint_name="unique_item_warehouse")
