from dataclasses import asdict
from typing import Any

import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.messaging import russian, samples, sms, text, vocabulary
from lab_crm.utils.errors import Refusal
from lab_crm.utils.rights import require

MAX_BODY = 4000


class MessageTemplate(Document):
	"""The text of one event on one channel. Only the variables of `vocabulary.EVENTS` can stand in it."""

	def validate(self):
		if self.event not in vocabulary.EVENTS:
			raise Refusal("EVENT_UNKNOWN", _("Unknown message {0}").format(self.event), field="event")
		self.check_purpose()
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
		self.count_version()

	def check_purpose(self) -> None:
		"""No message goes by a consent that its event has nothing to do with."""
		event = vocabulary.EVENTS[self.event]
		if self.purpose not in event.purposes:
			allowed = ", ".join(f"«{_(purpose)}»" for purpose in event.purposes)
			message = _("This message goes by another consent. It may use: {0}").format(allowed)
			raise Refusal("PURPOSE_NOT_ALLOWED", message, field="purpose")
		if self.is_answer and not event.can_answer:
			message = _("This message answers nothing the patient has just done")
			raise Refusal("NO_ANSWER", message, field="is_answer")

	def count_version(self) -> None:
		"""Give a changed text a new number; each message keeps the one it was made from."""
		before = self.get_doc_before_save()
		if not before:
			self.version = 1
		elif (before.subject or "", before.body) != (self.subject or "", self.body):
			self.version = (before.version or 1) + 1

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
	require("Message Template", "read")
	return [
		{
			"name": name,
			"meaning": _(vocabulary.VARIABLES[name].meaning),
			"example": vocabulary.VARIABLES[name].example,
		}
		for name in vocabulary.known_variables(event)
	]


@frappe.whitelist()
def preview(event: str, body: str, patient: str | None = None) -> dict[str, Any]:
	"""Return the text filled in, and what it takes as an SMS.

	Args:
		event: key of `vocabulary.EVENTS`.
		body: the text, saved or not.
		patient: name of a Patient whose name and latest booking fill it; None: examples.

	Raises:
		PermissionError: the user may read neither texts nor this patient.
	"""
	require("Message Template", "read")
	if patient:
		frappe.get_doc("Patient", patient).check_permission("read")
	filled = text.render(body[:MAX_BODY], samples.values(event, patient))
	as_sms = sms.tidy(filled)
	return {
		"text": filled,
		"segments": sms.segments(as_sms),
		"sms": asdict(sms.measure(as_sms)),
		"latin": asdict(sms.measure(russian.transliterate(as_sms))),
	}
