import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.erp import shifts
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name


class TillShift(Document):
	"""A cashier's shift: what cash there was, what came, what was counted at its end."""

	def autoname(self):
		self.name = random_name("TIL")

	def before_insert(self):
		self.update({"cashier": frappe.session.user, "status": "Open", "opened_at": clock.now()})
		self.open_key = frappe.session.user

	def validate(self):
		before = self.get_doc_before_save()
		if before and before.status == "Closed":
			raise Refusal("SHIFT_CLOSED", _("The shift is closed"), status=409)

	def on_trash(self):
		raise Refusal("PAYMENT_KEPT", _("What concerns money is never deleted"))

	@frappe.whitelist(methods=["POST"])
	def close(self, counted_cash: float):
		"""Close the shift with the cash that was counted (button of the form).

		Raises:
			Refusal: SHIFT_CLOSED (409), COUNT_REQUIRED, NOT_YOUR_SHIFT (403).
		"""
		self.check_permission("write")
		shifts.close(self.name, counted_cash)
		self.reload()
