from frappe.model.document import Document

from lab_crm.patients import phones


class MessagingPolicy(Document):
	"""The house's rules of writing to patients: signature, quiet hours, caps."""

	def validate(self):
		if self.clinic_phone:
			phones.require(self.clinic_phone, "clinic_phone")
