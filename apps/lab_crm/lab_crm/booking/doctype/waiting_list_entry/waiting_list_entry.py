import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.booking import waiting_list
from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name

# People close an entry or open it again; offers are made and answered by the system.
BY_HAND = ("Waiting", "Cancelled")
WHEN = ("date_from", "date_to", "time_from", "time_to")


class WaitingListEntry(Document):
	"""Somebody who would come if a time became free: for what, where and when (F9)."""

	def autoname(self):
		self.name = random_name("WLE")

	def validate(self):
		self.check_status()
		if self.is_new() or self.status == "Waiting":
			waiting_list.check_number(self)
		if self.is_new() or any(self.has_value_changed(field) for field in WHEN):
			waiting_list.check_wanted(waiting_list.wanted_of(self))
		self.patient_name = frappe.db.get_value("Patient", self.patient, "full_name")
		self.fill_services()
		self.open_key = waiting_list.open_key(self)

	def fill_services(self):
		for row in self.services:
			known = frappe.get_cached_doc("Lab Service", row.service)
			row.update({field: known.get(field) for field in ("service_name", "kind", "duration_minutes")})

	def check_status(self):
		by_system = self.flags.ignore_permissions
		if by_system or not self.has_value_changed("status") or self.status in BY_HAND:
			return
		raise Refusal("STATUS_BY_SYSTEM", _("This status is set by the system"), field="status")
