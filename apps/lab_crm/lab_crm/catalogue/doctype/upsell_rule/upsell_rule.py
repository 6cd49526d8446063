from frappe.model.document import Document

from lab_crm.catalogue import rules


class UpsellRule(Document):
	def validate(self) -> None:
		rules.check_upsell(self)
