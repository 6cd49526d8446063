from frappe.model.document import Document

from lab_crm.utils.names import random_name


class Specialist(Document):
	"""A doctor, nurse or other person whose time is booked."""

	def autoname(self):
		self.name = random_name("SPC", 6)
