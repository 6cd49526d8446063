from frappe.model.document import Document


class BookingService(Document):
	pass
