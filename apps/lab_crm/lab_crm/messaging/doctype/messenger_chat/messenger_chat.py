from frappe.model.document import Document


class MessengerChat(Document):
	"""A patient's chat with a bot of ours. Made and removed by `messaging/chats.py`."""
