from frappe import _
from frappe.model.document import Document

from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name


class PaymentRequestLink(Document):
	"""A link by which a patient pays the prepayment of a booking; one open link a booking (`open_key`)."""

	def autoname(self):
		self.name = random_name("PRL")

	def on_trash(self):
		raise Refusal("PAYMENT_KEPT", _("What concerns money is never deleted"))
