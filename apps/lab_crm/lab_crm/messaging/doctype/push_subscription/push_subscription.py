from frappe.model.document import Document


class PushSubscription(Document):
	"""A browser in which a patient takes notifications. Made and removed by `messaging/subscriptions.py`."""
