from frappe import _
from frappe.model.document import Document

from lab_crm.utils.errors import Refusal

MOST_MONTHS = 120


class RecallRule(Document):
	"""After which service, and how many months later, a patient is invited to a control."""

	def validate(self):
		if bool(self.service) == bool(self.category):
			raise Refusal("WHAT_IS_WATCHED", _("Choose either a service or a category"), "service")
		if not 1 <= self.months <= MOST_MONTHS:
			raise Refusal("BAD_MONTHS", _("From 1 to {0} months").format(MOST_MONTHS), "months")
		for field in ("lead_days", "max_late_days"):
			if not 0 <= (self.get(field) or 0) <= 366:
				raise Refusal("BAD_DAYS", _("From 0 to 366 days"), field)
