from frappe.model.document import Document

from lab_crm.catalogue import rules


class ServicePreparation(Document):
	def validate(self) -> None:
		rules.check_code(self)
