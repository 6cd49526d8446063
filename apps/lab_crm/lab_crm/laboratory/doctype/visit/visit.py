import frappe
from frappe.model.document import Document

from lab_crm.journey import events
from lab_crm.utils import clock
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
		if self.status == ISSUED and not self.issued_at:
			self.issued_at = clock.now()

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
