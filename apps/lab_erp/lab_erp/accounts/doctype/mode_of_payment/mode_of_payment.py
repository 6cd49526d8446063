from frappe.model.document import Document


class ModeofPayment(Document):
	"""How money comes and goes: cash, card, fast payment system, bank transfer."""
