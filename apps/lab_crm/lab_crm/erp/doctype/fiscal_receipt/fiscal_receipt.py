import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.erp.fiscal import receipts
from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name


class FiscalReceipt(Document):
	"""A receipt for the tax service (54-FZ): queued with its payment, registered once."""

	def autoname(self):
		self.name = random_name("FRC")

	def validate(self):
		if not self.is_new():
			raise Refusal("PAYMENT_KEPT", _("A receipt is never edited"))

	def on_trash(self):
		raise Refusal("PAYMENT_KEPT", _("What concerns money is never deleted"))

	@frappe.whitelist(methods=["POST"])
	def retry(self):
		"""Queue a receipt again that could not be registered (button of the form).

		Raises:
			Refusal: RECEIPT_NOT_FAILED (409).
		"""
		self.reload()  # what the browser sent is not what is stored
		self.check_permission("write")
		receipts.retry(self.name)
		self.reload()
