from frappe import _
from frappe.model import no_value_fields
from frappe.utils import cast

from lab_crm.privacy.access_log import MedicalRecord
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name

SETTLED = ("Final", "Corrected", "Cancelled")
# What may still change on a settled result: its place in the history and what the doctor adds for the
# patient.
OPEN_FIELDS = {"superseded_by", "doctor_comment"}
ROW_FIELDS = (
	"analyte",
	"analyte_name",
	"code",
	"service",
	"value",
	"unit",
	"reference_text",
	"flag",
	"status",
	"note",
	"laboratory",
)


class LabResult(MedicalRecord):
	"""One report of the laboratory. Never changed once settled: a correction is a new result that supersedes
	it."""

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
		fields = [df for df in self.meta.fields if df.fieldtype not in no_value_fields]
		changed = [
			df.fieldname for df in fields if df.fieldname not in OPEN_FIELDS and differs(df, self, before)
		]
		if changed or rows_of(self) != rows_of(before):
			raise Refusal(
				"RESULT_SETTLED",
				_("A final result is never changed: make a correction, which supersedes it"),
				changed[0] if changed else "items",
				409,
			)

	def on_trash(self):
		if self.status in SETTLED:
			raise Refusal("RESULT_SETTLED", _("A final result is never deleted"), status=409)


def differs(df, one, other) -> bool:
	"""Compare a field of a form (text) with one of the database (typed); an empty text and none are the
	same."""
	return cast(df.fieldtype, one.get(df.fieldname)) != cast(df.fieldtype, other.get(df.fieldname))


def rows_of(doc) -> list[tuple]:
	return [tuple(row.get(field) or "" for field in ROW_FIELDS) for row in doc.items]
