from frappe import _
from frappe.model.document import Document

from lab_crm.erp import providers
from lab_crm.utils.errors import Refusal


class ERPSettings(Document):
	"""How the laboratory takes money."""

	def validate(self):
		if self.payment_provider and self.payment_provider not in providers.names():
			message = _("There is no payment provider {0}").format(self.payment_provider)
			raise Refusal("PROVIDER_UNKNOWN", message, field="payment_provider")

	def onload(self):
		"""Tell the form which providers the installed apps bring."""
		self.set_onload("providers", providers.names())
