import frappe
from frappe import _
from frappe.model.document import Document

from lab_erp.utils.errors import refuse, refuse_if


class StockLedgerEntry(Document):
	"""One movement of an item in a warehouse; never changed, never deleted."""

	def validate(self):
		refuse_if(not self.is_new(), _("An entry of the ledger never changes"))
		refuse_if(not self.flags.from_ledger, _("Entries of the ledger are made by documents"))

	def before_update_after_submit(self):
		refuse(_("An entry of the ledger never changes"))

	def before_cancel(self):
		refuse(_("Cancel the document of the entry instead"))

	def on_trash(self):
		refuse(_("An entry of the ledger is never deleted"))


def on_doctype_update():
	"""Movements of a pair are numbered without gaps or twins."""
	frappe.db.add_unique(
		"Stock Ledger Entry",
		["item_code", "warehouse", "entry_number"],
		constraint_name="unique_entry_number",
	)
