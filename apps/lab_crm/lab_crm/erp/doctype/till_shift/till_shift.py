import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.erp import shifts
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name

# What closing it finds out.
RESULTS = (
	"closed_at",
	"expected_cash",
	"counted_cash",
	"difference",
	"sales",
	"returns",
	*shifts.MODES.values(),
)


class TillShift(Document):
	"""A cashier's shift: what cash there was, what came, what was counted at its end."""

	def autoname(self):
		self.name = random_name("TIL")

	def before_insert(self):
		shifts.amount(self.opening_cash)
		self.update(dict.fromkeys(RESULTS))
		self.update({"cashier": frappe.session.user, "status": "Open", "opened_at": clock.now()})
		self.open_key = frappe.session.user

	def validate(self):
		if not self.is_new():
			raise Refusal("PAYMENT_KEPT", _("A shift is not edited: it is closed"), status=409)

	def on_trash(self):
		raise Refusal("PAYMENT_KEPT", _("What concerns money is never deleted"))

	@frappe.whitelist(methods=["POST"])
	def close(self, counted_cash: float):
		"""Close the shift with the cash that was counted (button of the form).

		Raises:
			Refusal: SHIFT_CLOSED (409), COUNT_REQUIRED, NOT_YOUR_SHIFT (403).
		"""
		self.reload()  # what the browser sent is not what is stored
		self.check_permission("write")
		shifts.close(self.name, counted_cash)
		self.reload()
