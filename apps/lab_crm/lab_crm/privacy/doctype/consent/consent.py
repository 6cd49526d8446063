from frappe.model.document import Document

from lab_crm.utils.names import random_name


class Consent(Document):
	def autoname(self):
		self.name = random_name("CON")
