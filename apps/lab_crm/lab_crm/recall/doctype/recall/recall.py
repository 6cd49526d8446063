from frappe import _
from frappe.model.document import Document

from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name
from lab_crm.utils.workflow import SystemMoves


class Recall(SystemMoves, Document):
	"""An invitation of one patient to a control: planned by a rule, sent, and booked or dismissed.

	Many are written at once by `recall/scan.py`, past this controller.
	"""

	def autoname(self):
		self.name = random_name("RCL")

	def validate(self):
		if self.status == "Dismissed" and not (self.dismiss_reason or "").strip():
			raise Refusal("REASON_MISSING", _("Say why the invitation is dismissed"), "dismiss_reason")
		if self.status == "Booked" and not self.booking:
			raise Refusal("BOOKING_MISSING", _("Choose the booking"), "booking")
