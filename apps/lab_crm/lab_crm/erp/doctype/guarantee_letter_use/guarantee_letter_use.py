from frappe import _
from frappe.model.document import Document

from lab_crm.utils.errors import Refusal


class GuaranteeLetterUse(Document):
	"""A service of a visit that a guarantee letter pays for. Written by the system, never deleted."""

	def on_trash(self):
		raise Refusal("PAYMENT_KEPT", _("What concerns money is never deleted"))
