from frappe import _
from frappe.model.document import Document

from lab_crm.booking import network
from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name


class Specialist(Document):
	"""A doctor, nurse or other person whose time is booked."""

	def autoname(self):
		self.name = random_name("SPC", 6)

	def validate(self):
		for row in self.services:
			if not (row.service or row.kind or row.category):
				message = _("Row {0}: choose a service, a kind or a category").format(row.idx)
				raise Refusal("SKILL_EMPTY", message, field="services")

	def on_update(self):
		network.forget()

	def on_trash(self):
		network.forget()
