import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name


class SpecimenMovement(Document):
	"""One link of a tube's chain of custody: who did what with it, when and where. Append-only and sealed."""

	def autoname(self):
		self.name = random_name("MOV", 12)

	def validate(self):
		if not self.is_new():
			raise Refusal("APPEND_ONLY", _("Movements of specimens are never changed"))

	def on_trash(self):
		raise Refusal("APPEND_ONLY", _("Movements of specimens are never deleted"))


def on_doctype_update():
	"""The usual question: where this tube has been."""
	frappe.db.add_index("Specimen Movement", ["specimen", "position"], "specimen_position")
