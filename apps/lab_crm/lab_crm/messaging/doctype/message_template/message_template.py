from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.messaging import sms, text, vocabulary
from lab_crm.utils.errors import Refusal

MAX_BODY = 4000


class MessageTemplate(Document):
	"""The text of one event on one channel. Only the variables of `vocabulary.EVENTS` can stand in it."""

	def validate(self):
		if self.event not in vocabulary.EVENTS:
			raise Refusal("EVENT_UNKNOWN", _("Unknown message {0}").format(self.event), field="event")
		for field in ("subject", "body"):
			self.check_text(field)
		if len(self.body) > MAX_BODY:
			raise Refusal(
				"TEMPLATE_TOO_LONG",
				_("The text is longer than {0} characters").format(MAX_BODY),
				field="body",
			)
		kind = frappe.get_cached_value("Message Channel", self.channel, "kind")
		if kind == "Email" and not (self.subject or "").strip():
			raise Refusal("SUBJECT_REQUIRED", _("An email needs a subject"), field="subject")
		self.active_key = f"{self.event}:{self.channel}" if self.is_active else None
		self.check_single()

	def check_text(self, field: str) -> None:
		written = self.get(field) or ""
		if text.has_stray_braces(written):
			message = _("Braces stand only around variables, as {{ patient_name }}")
			raise Refusal("TEMPLATE_BRACES", message, field=field)
		unknown = text.unknown_variables(written, vocabulary.known_variables(self.event))
		if unknown:
			known = ", ".join(vocabulary.known_variables(self.event))
			message = _("This message has no variable {0}. It has: {1}").format(", ".join(unknown), known)
			raise Refusal("TEMPLATE_VARIABLE_UNKNOWN", message, field=field)

	def check_single(self) -> None:
		other = self.active_key and frappe.db.get_value(
			"Message Template", {"active_key": self.active_key, "name": ("!=", self.name)}
		)
		if other:
			message = _("There is already an active text of this message for the channel: {0}").format(other)
			raise Refusal("TEMPLATE_EXISTS", message, field="is_active", status=409)


@frappe.whitelist()
def variables_of(event: str) -> list[dict[str, str]]:
	"""Return the variables a text of `event` may use: name, meaning, example."""
	_check_reader()
	return [
		{
			"name": name,
			"meaning": _(vocabulary.VARIABLES[name].meaning),
			"example": vocabulary.VARIABLES[name].example,
		}
		for name in vocabulary.known_variables(event)
	]


@frappe.whitelist()
def preview(event: str, body: str) -> dict[str, Any]:
	"""Return the text filled with examples, and how many SMS it takes."""
	_check_reader()
	examples = {name: vocabulary.VARIABLES[name].example for name in vocabulary.known_variables(event)}
	filled = text.render(body[:MAX_BODY], examples)
	return {"text": filled, "segments": sms.segments(sms.tidy(filled))}


def _check_reader() -> None:
	if not frappe.has_permission("Message Template"):
		raise frappe.PermissionError(_("You have no access to this"))
