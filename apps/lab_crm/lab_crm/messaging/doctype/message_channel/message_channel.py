from frappe import _
from frappe.model.document import Document

from lab_crm.utils.errors import Refusal

EMAIL_PROVIDER = "email"


class MessageChannel(Document):
	"""A way to reach patients: which contact it uses and which provider carries it."""

	def validate(self):
		if (self.provider == EMAIL_PROVIDER) != (self.kind == "Email"):
			raise Refusal(
				"PROVIDER_MISMATCH", _("This provider does not carry such messages"), field="provider"
			)
