from frappe.model.document import Document

from lab_crm.utils.names import random_name
from lab_crm.utils.workflow import SystemMoves


class Booking(SystemMoves, Document):
	"""A patient's booking: who comes where, when and for which services."""

	def autoname(self):
		self.name = self.name or random_name("BKG")
