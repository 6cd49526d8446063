from frappe import _
from frappe.model import no_value_fields
from frappe.model.document import Document

from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name

SETTLED = ("Final", "Corrected", "Cancelled")
# What may still change on a settled result: its place in the history and what the doctor adds for the patient.
OPEN_FIELDS = {"superseded_by", "doctor_comment"}
ROW_FIELDS = ("analyte", "analyte_name", "code", "service", "value", "unit", "reference_text", "flag", "status", "note")


class LabResult(Document):
	"""One report of the laboratory. Never changed once settled: a correction is a new result that supersedes it."""

	def autoname(self):
		self.name = random_name("RES")

	def before_insert(self):
		self.reported_at = self.reported_at or clock.now()

	def validate(self):
		before = self.get_doc_before_save()
		if before and before.status in SETTLED:
			self.refuse_edit(before)

	def refuse_edit(self, before):
		"""Raise Refusal when anything but `OPEN_FIELDS` of a settled result changed."""
		fields = [df.fieldname for df in self.meta.fields if df.fieldtype not in no_value_fields]
		changed = [field for field in fields if field not in OPEN_FIELDS and self.differs(before, field)]
		if changed or rows_of(self) != rows_of(before):
			raise Refusal(
				"RESULT_SETTLED",
				_("A final result is never changed: make a correction, which supersedes it"),
				changed[0] if changed else "items",
				409,
			)

	def differs(self, before, field) -> bool:
		"""Tell a change from an empty value the desk spells another way."""
		return self.has_value_changed(field) and bool(self.get(field) or before.get(field))

	def on_trash(self):
		if self.status in SETTLED:
			raise Refusal("RESULT_SETTLED", _("A final result is never deleted"), status=409)


def rows_of(doc) -> list[tuple]:
	return [tuple(row.get(field) or "" for field in ROW_FIELDS) for row in doc.items]
