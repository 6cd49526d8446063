from frappe.model.document import Document


class BookingLeg(Document):
	pass
