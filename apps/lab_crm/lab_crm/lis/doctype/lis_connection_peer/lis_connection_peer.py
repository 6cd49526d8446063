from frappe.model.document import Document


class LISConnectionPeer(Document):
	pass
