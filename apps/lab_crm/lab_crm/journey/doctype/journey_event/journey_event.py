import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name


class JourneyEvent(Document):
	"""One thing that happened on a patient's way. Append-only: only the state of its delivery changes."""

	def autoname(self):
		self.name = random_name("EVT", 12)

	def validate(self):
		if not self.is_new():
			raise Refusal("APPEND_ONLY", _("Journey events are never changed"))

	def on_trash(self):
		raise Refusal("APPEND_ONLY", _("Journey events are never deleted"))

	@property
	def details(self) -> dict:
		"""The payload as a dict."""
		return frappe.parse_json(self.payload) or {}

	def record(self, done: list[str], error: str | None) -> None:
		"""Store which subscribers have run and the last error, if any."""
		self.db_set({"done": "\n".join(done), "error": error})

	def close(self, failed: bool, max_attempts: int) -> None:
		"""End this round of delivery: done, to be tried again, or given up."""
		attempts = (self.attempts or 0) + 1
		status = "Done"
		if failed:
			status = "Failed" if attempts >= max_attempts else "Pending"
		self.db_set({"status": status, "attempts": attempts, "modified": clock.now()}, update_modified=False)
