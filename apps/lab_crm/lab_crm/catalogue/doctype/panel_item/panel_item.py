from frappe.model.document import Document


class PanelItem(Document):
	pass
