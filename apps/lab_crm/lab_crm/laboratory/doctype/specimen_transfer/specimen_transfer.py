from frappe import _
from frappe.model.document import Document

from lab_crm.laboratory import branch_rights
from lab_crm.laboratory.doctype.lab_result.lab_result import differs
from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name

# What a person fills in on the form; everything else is written by scanning and by the buttons.
BY_HAND = ("expected_at", "temperature_regime", "courier_name", "seal_number", "note")
BY_SCANNING = (
	"status",
	"late_since",
	"packed_count",
	"received_count",
	"missing_count",
	"unexpected_count",
	"handed_over_at",
	"handed_over_by",
	"temperature_out",
	"received_at",
	"received_by",
	"temperature_in",
	"seal_broken",
)
OPEN = ("Packing", "In Transit")


class SpecimenTransfer(Document):
	"""A courier list: tubes that go from one branch to another, packed and received by scanning."""

	def autoname(self):
		self.name = random_name("TRF")

	def before_insert(self):
		self.update(dict.fromkeys(BY_SCANNING))
		self.update({"status": "Packing", "items": []})

	def validate(self):
		if self.flags.by_scanning:
			return
		if self.from_branch == self.to_branch:
			raise Refusal("SAME_BRANCH", _("Choose two different branches"), "to_branch")
		if not branch_rights.may_act_in(self.doctype, self.from_branch):
			raise Refusal("FOREIGN_BRANCH", _("You pack tubes of your own branch only"), "from_branch", 403)
		before = self.get_doc_before_save()
		if before:
			self.refuse_edit(before)

	def refuse_edit(self, before):
		"""Raise Refusal when a form changes what scanning alone writes."""
		changed = [field for field in BY_SCANNING if differs(self.meta.get_field(field), self, before)]
		if changed or rows_of(self) != rows_of(before):
			message = _("A courier list is filled by scanning, not by hand")
			raise Refusal("TRANSFER_KEPT", message, changed[0] if changed else "items", 409)
		by_hand = [field for field in BY_HAND if differs(self.meta.get_field(field), self, before)]
		if by_hand and before.status not in OPEN:
			message = _("The courier list is closed: it is not changed any more")
			raise Refusal("TRANSFER_CLOSED", message, by_hand[0], 409)

	def on_trash(self):
		raise Refusal("TRANSFER_KEPT", _("A courier list is never deleted: cancel it"), status=409)


def rows_of(doc) -> list[tuple]:
	"""Return what a list says of its tubes, to compare."""
	return [(row.specimen, row.state) for row in doc.items]
