from frappe.model.document import Document

from lab_crm.catalogue import prices, rules


class ServicePrice(Document):
	def autoname(self) -> None:
		"""One row for each service, branch, funding, price list and first day: the database keeps it so."""
		self.name = prices.key_name(self.service, self.branch, self.funding, self.price_list, self.valid_from)

	def validate(self) -> None:
		rules.check_price(self)
