from frappe import _
from frappe.model.document import Document

from lab_crm.utils.errors import Refusal


class CatalogueChangeRow(Document):
	"""One row of a Catalogue Change; what became of it is written by `lis.master_files` alone."""

	def validate(self):
		if not self.is_new():
			message = _("Changes that a LIS sent are not edited; use the buttons")
			raise Refusal("CATALOGUE_CHANGE_READ_ONLY", message, status=409)

	def on_trash(self):
		raise Refusal("CATALOGUE_CHANGE_KEPT", _("Changes of the catalogue are kept as history"), status=409)
