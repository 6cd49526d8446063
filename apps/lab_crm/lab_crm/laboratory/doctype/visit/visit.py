import frappe
from frappe.model.document import Document

from lab_crm.utils import clock
from lab_crm.utils.names import random_name
from lab_crm.utils.workflow import SystemMoves


class Visit(SystemMoves, Document):
	"""A patient's presence in a branch: from the front desk to the result in hand."""

	def autoname(self):
		self.name = random_name("VIS")

	def before_insert(self):
		self.checked_in_at = self.checked_in_at or clock.now()

	def validate(self):
		self.patient_name = frappe.db.get_value("Patient", self.patient, "full_name")
