from frappe import _
from frappe.model.document import Document

from lab_crm.utils.errors import Refusal


class ExternalLaboratory(Document):
	"""Another laboratory that makes some of the examinations: which, for how much, and how it is reached."""

	def validate(self):
		if self.channel == "Email" and not self.email:
			raise Refusal("FIELD_MISSING", _("Fill in: {0}").format(_("Email for Orders")), "email")
		if self.channel == "HL7" and not self.connection:
			raise Refusal("FIELD_MISSING", _("Fill in: {0}").format(_("LIS Connection")), "connection")
		seen = set()
		for row in self.services:
			key = (row.service, row.branch or "")
			if key in seen:
				message = _("Row {0}: this service stands in the table already").format(row.idx)
				raise Refusal("DUPLICATE_SERVICE", message, "services")
			seen.add(key)
			if (row.cost or 0) < 0:
				message = _("Row {0}: the cost is below zero").format(row.idx)
				raise Refusal("BAD_COST", message, "services")
