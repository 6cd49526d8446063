from frappe import _
from frappe.model.document import Document

from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name


class TillOperation(Document):
	"""Money taken or given back at a till. Never edited: what was wrong is given back."""

	def autoname(self):
		self.name = random_name("TOP")

	def before_insert(self):
		# The rights to it are those to take money; the record is the till's own, never a person's.
		if not self.flags.from_till:
			raise Refusal("NOT_BY_HAND", _("Only the till writes this"), status=403)

	def validate(self):
		if not self.is_new():
			raise Refusal("PAYMENT_KEPT", _("A payment is never edited"))

	def on_trash(self):
		raise Refusal("PAYMENT_KEPT", _("What concerns money is never deleted"))
