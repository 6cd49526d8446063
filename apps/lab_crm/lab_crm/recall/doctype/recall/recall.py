from frappe.model.document import Document

from lab_crm.utils.names import random_name


class Recall(Document):
	def autoname(self):
		self.name = random_name("RCL")
