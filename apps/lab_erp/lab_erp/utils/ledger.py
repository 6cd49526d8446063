"""What the entries of every ledger have in common."""

from frappe import _
from frappe.model.document import Document

from lab_erp.utils.errors import refuse, refuse_if


class LedgerEntry(Document):
	"""An entry that documents write (`flags.from_ledger`): never changed, never deleted."""

	def validate(self):
		refuse_if(not self.is_new(), _("An entry of the ledger never changes"))
		refuse_if(not self.flags.from_ledger, _("Entries of the ledger are made by documents"))

	def before_update_after_submit(self):
		refuse(_("An entry of the ledger never changes"))

	def before_cancel(self):
		refuse(_("Cancel the document of the entry instead"))

	def on_trash(self):
		refuse(_("An entry of the ledger is never deleted"))
