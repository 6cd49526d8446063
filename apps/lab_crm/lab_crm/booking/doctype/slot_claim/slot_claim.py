from frappe.model.document import Document


class SlotClaim(Document):
	pass
