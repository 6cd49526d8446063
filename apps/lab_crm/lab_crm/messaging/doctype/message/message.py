import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.messaging import delivery
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name


class Message(Document):
	"""One message to one person.

	Made by `messaging/outbox.py` only; kept as evidence of what was sent and why.
	"""

	def autoname(self):
		self.name = random_name("MSG")

	def on_trash(self):
		raise Refusal(
			"MESSAGE_KEPT", _("Messages are never deleted: they are evidence of what was sent and why")
		)

	@frappe.whitelist(methods=["POST"])
	def send_again(self):
		"""Put a failed message back into the queue (desk button).

		Raises:
			Refusal: MESSAGE_NOT_FAILED, FORBIDDEN.
		"""
		if not {"Lab Administrator", "Lab Director", "System Manager"} & set(frappe.get_roles()):
			raise Refusal("FORBIDDEN", _("You have no access to this"), status=403)
		self.reload()  # what the browser sent is not what is stored
		if self.status != "Failed":
			raise Refusal("MESSAGE_NOT_FAILED", _("Only a failed message can be sent again"))
		self.db_set({"status": "Queued", "attempts": 0, "next_attempt_at": clock.now(), "error": None})
		delivery.enqueue(self.name)


def on_doctype_update():
	"""Indexes of the sweep and of the caps."""
	frappe.db.add_index("Message", ["status", "next_attempt_at"], "status_next_attempt")
	frappe.db.add_index("Message", ["patient", "creation"], "patient_creation")
