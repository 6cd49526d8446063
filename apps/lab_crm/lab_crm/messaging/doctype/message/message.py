import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.messaging import delivery
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name

SENDERS = {"Lab Administrator", "Lab Director", "System Manager"}
MOST_AT_ONCE = 500


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
		check_sender()
		# What the browser sent is not what is stored, and the next channel may be about to get it.
		stored = frappe.get_doc("Message", self.name, for_update=True)
		if stored.status != "Failed":
			raise Refusal("MESSAGE_NOT_FAILED", _("Only a failed message can be sent again"))
		if stored.is_replaced():
			raise Refusal(
				"MESSAGE_REPLACED", _("Another channel has this message: {0}").format(stored.follower())
			)
		stored.requeue()
		self.reload()

	def follower(self) -> str | None:
		"""Return the message of the next channel that stands in for this one."""
		return frappe.db.get_value("Message", {"replaces": self.name})

	def is_replaced(self) -> bool:
		"""Tell whether another channel has brought this message, or is about to."""
		follower = self.follower()
		while follower:
			status, after = frappe.db.get_value(
				"Message", follower, ["status", "fallback_at"], for_update=True
			)
			if after or status in ("Queued", "Sent", "Delivered"):
				return True
			follower = frappe.db.get_value("Message", {"replaces": follower})
		return False

	def requeue(self) -> None:
		"""Begin anew: the pauses and the number of attempts too."""
		fields = {"status": "Queued", "attempts": 0, "next_attempt_at": clock.now(), "error": None}
		self.db_set({**fields, "fallback_at": None})
		delivery.enqueue()


@frappe.whitelist(methods=["POST"])
def send_many_again(messages: str | list[str]) -> dict[str, int]:
	"""Put failed messages back into the queue (list action); what is not failed any more is left alone.

	Args:
		messages: names of Messages, as a list or its JSON; at most `MOST_AT_ONCE`.

	Raises:
		Refusal: FORBIDDEN, TOO_MANY_MESSAGES.
	"""
	check_sender()
	names = frappe.parse_json(messages)
	if not isinstance(names, list) or len(names) > MOST_AT_ONCE:
		message = _("At most {0} messages at once").format(MOST_AT_ONCE)
		raise Refusal("TOO_MANY_MESSAGES", message, field="messages")
	found = frappe.get_all("Message", {"name": ("in", names or [""]), "status": "Failed"}, pluck="name")
	queued = 0
	for name in found:
		stored = frappe.get_doc("Message", name, for_update=True)
		if stored.status == "Failed" and not stored.is_replaced():
			stored.requeue()
			queued += 1
	return {"queued": queued}


def check_sender() -> None:
	"""Raise Refusal FORBIDDEN unless the user may have messages sent again."""
	if not SENDERS & set(frappe.get_roles()):
		raise Refusal("FORBIDDEN", _("You have no access to this"), status=403)


def on_doctype_update():
	"""Indexes of the sweep and of the caps."""
	frappe.db.add_index("Message", ["status", "next_attempt_at"], "status_next_attempt")
	frappe.db.add_index("Message", ["status", "is_answer", "next_attempt_at"], "status_answer_next_attempt")
	frappe.db.add_index("Message", ["patient", "creation"], "patient_creation")
