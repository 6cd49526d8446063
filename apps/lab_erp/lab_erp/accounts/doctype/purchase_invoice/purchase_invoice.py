from frappe.model.document import Document


class PurchaseInvoice(Document):
	"""What the company owes a supplier."""
