from frappe import _
from frappe.model.document import Document

from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name


class PatientMerge(Document):
	"""Two cards of one person made one. Written by `patients.merging` alone, and kept for good."""

	def autoname(self):
		self.name = random_name("PMG")

	def validate(self):
		if not self.flags.by_merging:
			message = _("Merge cards with the button of the patient's card")
			raise Refusal("MERGE_READ_ONLY", message, status=409)

	def on_trash(self):
		raise Refusal("MERGE_KEPT", _("Merges are never deleted; they are undone"), status=409)
