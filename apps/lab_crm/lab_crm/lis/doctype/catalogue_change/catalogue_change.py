from frappe import _
from frappe.model.document import Document

from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name


class CatalogueChange(Document):
	"""What a LIS wants otherwise in the catalogue (MFN). Kept by `lis.master_files` and its buttons alone."""

	def autoname(self):
		self.name = random_name("CCH")

	def validate(self):
		if not self.is_new():
			message = _("Changes that a LIS sent are not edited; use the buttons")
			raise Refusal("CATALOGUE_CHANGE_READ_ONLY", message, status=409)

	def on_trash(self):
		raise Refusal("CATALOGUE_CHANGE_KEPT", _("Changes of the catalogue are kept as history"), status=409)
