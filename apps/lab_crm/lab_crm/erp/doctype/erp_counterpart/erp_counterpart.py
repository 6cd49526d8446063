from frappe.model.document import Document


class ERPCounterpart(Document):
	"""Which document of the ERP stands for something of ours; the unique key lets each be made once."""
