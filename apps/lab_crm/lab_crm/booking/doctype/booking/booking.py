import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.booking import attendance, changes, claims, holds, live
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name
from lab_crm.utils.workflow import SystemMoves


class Booking(SystemMoves, Document):
	"""A patient's booking: who comes where, when and for which services.

	Its slots are rows of Slot Claim, kept right by `booking/changes.py` on every way of saving.
	"""

	def autoname(self):
		# Slots are claimed for a booking before it is written, so its maker has already chosen the name.
		self.name = self.flags.chosen_name or random_name("BKG")

	def validate(self):
		self.set_patient_name()
		self.check_cancellation()
		self.check_free()
		holds.set_end(self)
		changes.settle(self)
		attendance.settle(self)

	def on_update(self):
		changes.announce(self)

	def on_trash(self):
		claims.release(self.name)
		live.booking_changed(self)

	def set_patient_name(self):
		if not self.flags.placed and self.has_value_changed("patient"):
			self.patient_name = frappe.db.get_value("Patient", self.patient, "full_name")

	def check_free(self):
		"""What is free of charge is said by the product, and only for what was paid for before."""
		before = self.get_doc_before_save()
		if (self.free_reason or "") != ((before and before.free_reason) or "") and not self.flags.placed:
			message = _("A booking is made free of charge by the laboratory's own step, not on the form")
			raise Refusal("FREE_BY_SYSTEM", message, "free_reason", 403)
		services = [row.service for row in self.services]
		if before and before.free_reason and services != [row.service for row in before.services]:
			message = _("This booking is free of charge: make another one for other services")
			raise Refusal("FREE_BOOKING", message, "services", 409)

	def check_cancellation(self):
		if self.status != "Cancelled":
			self.update({"cancelled_at": None, "cancelled_by": None, "is_late_cancel": 0})
			return
		if not (self.cancel_reason or "").strip():
			raise Refusal(
				"CANCEL_REASON_REQUIRED", _("Say why the booking is cancelled"), field="cancel_reason"
			)
		self.cancelled_at = self.cancelled_at or clock.now()
		self.cancelled_by = self.cancelled_by or "Clinic"
		if self.has_value_changed("status"):
			self.is_late_cancel = attendance.is_late_cancel(self)
