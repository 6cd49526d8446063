from frappe.model.document import Document


class ShiftType(Document):
	"""A shift: when it begins and ends."""
