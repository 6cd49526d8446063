from frappe import _
from frappe.model.document import Document

from lab_crm.erp import books, fiscal, providers
from lab_crm.utils.errors import Refusal


class ERPSettings(Document):
	"""How the laboratory takes money."""

	def validate(self):
		if self.payment_provider and self.payment_provider not in providers.names():
			message = _("There is no payment provider {0}").format(self.payment_provider)
			raise Refusal("PROVIDER_UNKNOWN", message, field="payment_provider")

		if self.fiscal_registrar and self.fiscal_registrar not in fiscal.names():
			message = _("There is no way to register receipts called {0}").format(self.fiscal_registrar)
			raise Refusal("REGISTRAR_UNKNOWN", message, field="fiscal_registrar")
		if self.company and self.company not in books.companies():
			message = _("There is no company {0}").format(self.company)
			raise Refusal("NO_COMPANY", message, field="company")

	def onload(self):
		"""Tell the form which providers the installed apps bring, and whose books there are."""
		self.set_onload("companies", books.companies())
		self.set_onload("registrars", fiscal.names())
		self.set_onload("providers", providers.names())
