from frappe import _
from frappe.model.document import Document

from lab_crm.utils.errors import Refusal


class LISUnknownCode(Document):
	"""A code that came from a LIS and means nothing here yet. Kept by `lis.unknown_codes` alone."""

	def validate(self):
		if not self.is_new():
			message = _("Codes of the LIS are not edited; map them with the button")
			raise Refusal("UNKNOWN_CODE_READ_ONLY", message, status=409)
