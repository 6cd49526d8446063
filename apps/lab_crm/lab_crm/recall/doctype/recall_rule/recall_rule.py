from frappe import _
from frappe.model.document import Document

from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name

MOST_MONTHS = 120
MOST_DAYS = 366


class RecallRule(Document):
	"""After which service, and how many months later, a patient is invited to a control."""

	def autoname(self):
		# Recalls are known by the rule's name; its title may change.
		self.name = random_name("RUL")

	def validate(self):
		if bool(self.service) == bool(self.category):
			raise Refusal("WHAT_IS_WATCHED", _("Choose either a service or a category"), "service")
		if not 1 <= (self.months or 0) <= MOST_MONTHS:
			raise Refusal("BAD_MONTHS", _("From 1 to {0} months").format(MOST_MONTHS), "months")
		for field in ("lead_days", "max_late_days", "gap_days"):
			if not 0 <= (self.get(field) or 0) <= MOST_DAYS:
				raise Refusal("BAD_DAYS", _("From 0 to {0} days").format(MOST_DAYS), field)
