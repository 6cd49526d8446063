import hashlib

import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name


class SupplierContract(Document):
	"""What a supplier has agreed to: for how long, for how much in all."""

	def autoname(self):
		self.name = random_name("SUC")

	def onload(self):
		"""Tell the form which suppliers the ERP knows."""
		known = [{"value": name, "label": label} for name, label in _suppliers().items()]
		self.set_onload("suppliers", known)

	def validate(self):
		if self.supplier not in _suppliers():
			message = _("There is no supplier {0}").format(self.supplier)
			raise Refusal("NO_SUPPLIER", message, field="supplier")
		if self.valid_to and frappe.utils.getdate(self.valid_to) < frappe.utils.getdate(self.valid_from):
			raise Refusal("CONTRACT_DATES_INVALID", _("The contract ends before it starts"), "valid_to")
		number = " ".join(self.number.split())
		self.contract_key = hashlib.sha256(f"{self.supplier}\x1f{number.casefold()}".encode()).hexdigest()
		self.title = f"{_suppliers()[self.supplier]} · {_('No. {0}', lang='ru').format(number)}"[:140]


def _suppliers() -> dict[str, str]:
	"""Return the suppliers of the ERP: name → what it is called."""
	if not frappe.db.exists("DocType", "Supplier"):
		return {}
	rows = frappe.get_all("Supplier", fields=["name", "supplier_name"], order_by="supplier_name")
	return {row.name: row.supplier_name for row in rows}
