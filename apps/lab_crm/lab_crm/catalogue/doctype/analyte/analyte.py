from frappe.model.document import Document

from lab_crm.catalogue import rules


class Analyte(Document):
	def validate(self) -> None:
		rules.check_analyte(self)
