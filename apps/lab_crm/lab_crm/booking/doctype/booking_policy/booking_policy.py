from frappe.model.document import Document


class BookingPolicy(Document):
	pass
