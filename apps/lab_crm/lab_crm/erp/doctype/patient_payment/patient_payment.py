import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.erp import acquiring, payments, unused
from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name


class PatientPayment(Document):
	"""Money that a patient has paid: applied to a booking, or kept to be refunded. Never edited."""

	def autoname(self):
		self.name = random_name("PAY")

	def onload(self):
		self.set_onload("unused", float(unused.of(self)))
		self.set_onload("can_refund", acquiring.can_refund(self))

	def validate(self):
		if not self.is_new():
			raise Refusal("PAYMENT_KEPT", _("A payment is never edited"))

	def on_trash(self):
		raise Refusal("PAYMENT_KEPT", _("What concerns money is never deleted"))

	@frappe.whitelist(methods=["POST"])
	def mark_refunded(self, note: str):
		"""Say that the money, or what its visit did not need, has gone back (button of the form).

		Raises:
			Refusal: NOTHING_TO_REFUND (409), REFUND_NOTE_REQUIRED.
		"""
		self.reload()  # what the browser sent is not what is stored
		self.check_permission("write")
		payments.mark_refunded(self.name, note)

	@frappe.whitelist(methods=["POST"])
	def refund_online(self) -> str:
		"""Have the provider give the money back (button of the form); return its id of the refund.

		Raises:
			Refusal: as `acquiring.refund`.
		"""
		self.reload()  # what the browser sent is not what is stored
		self.check_permission("write")
		return acquiring.refund(self.name)
