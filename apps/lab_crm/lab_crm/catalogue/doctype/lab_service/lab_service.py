from frappe.model.document import Document

from lab_crm.catalogue import rules, services


class LabService(Document):
	def validate(self) -> None:
		rules.check_service(self)
		if not self.preparation:
			self.preparation = services.default_preparation(self)
