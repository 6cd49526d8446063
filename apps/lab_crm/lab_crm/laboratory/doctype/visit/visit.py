import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.catalogue.prices import SELF_PAY
from lab_crm.journey import events
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name
from lab_crm.utils.workflow import SystemMoves, system_move

# From here on the patient's appointment itself is over, whatever the laboratory still does.
SERVED = ("Waiting", "Ready", "Issued")
ISSUED = "Issued"


class Visit(SystemMoves, Document):
	"""A patient's presence in a branch: from the front desk to the result in hand."""

	def autoname(self):
		self.name = random_name("VIS")

	def before_insert(self):
		self.checked_in_at = self.checked_in_at or clock.now()
		self.patient_name = frappe.db.get_value("Patient", self.patient, "full_name")

	def validate(self):
		self.keep_what_was_bought()
		if self.status == ISSUED and not self.issued_at:
			self.issued_at = clock.now()

	def keep_what_was_bought(self):
		"""Refuse another price or payer: the invoice follows them, so the front desk's check-in alone sets
		them.

		Raises:
			Refusal: VISIT_PRICED (409).
		"""
		# Check-in and the system's own moves save without asking rights; people never do.
		if self.flags.ignore_permissions:
			return
		before = self.get_doc_before_save() or frappe.new_doc(self.doctype)
		if _bought(self) != _bought(before):
			message = _("What a visit costs and who pays is set by the check-in")
			raise Refusal("VISIT_PRICED", message, status=409)

	def on_change(self):
		before = self.get_doc_before_save()
		if not before or before.status == self.status:
			return
		if self.booking and self.status in SERVED and before.status not in SERVED:
			self.complete_booking()
		if self.status == ISSUED:
			events.emit("visit.completed", patient=self.patient, booking=self.booking, visit=self.name)

	def complete_booking(self):
		"""The booking is kept: the patient was here and was served."""
		booking = frappe.get_doc("Booking", self.booking, for_update=True)
		if booking.status == "Checked In":
			system_move(booking, "Completed")


def _bought(visit) -> tuple:
	rows = [(row.service, frappe.utils.flt(row.price, 2)) for row in visit.services]
	return rows, frappe.utils.flt(visit.total, 2), visit.funding or SELF_PAY, visit.booking or None
