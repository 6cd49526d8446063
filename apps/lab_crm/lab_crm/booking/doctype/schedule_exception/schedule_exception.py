import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import get_datetime

from lab_crm.booking import claims, placing
from lab_crm.utils.errors import Refusal

EXTRA = "Extra Hours"


class ScheduleException(Document):
	"""Hours taken from a schedule (leave, holiday, repair) or added to it."""

	def validate(self):
		if get_datetime(self.ends) <= get_datetime(self.starts):
			raise Refusal("TIMES_INVALID", _("The end is not after the start"), field="ends")
		if not self.subject_type:
			self.subject = None
		if not (self.subject or self.branch):
			message = _("Choose a branch, a specialist or a room")
			raise Refusal("SUBJECT_REQUIRED", message, field="branch")
		if self.kind == EXTRA and not (self.subject and self.branch):
			message = _("Extra hours are of one specialist or room in one branch")
			raise Refusal("SUBJECT_REQUIRED", message, field="subject")
		self.title = f"{self.subject or self.branch}: {_(self.kind)}"

	def on_update(self):
		if self.kind != EXTRA:
			self.warn_of_bookings()

	def warn_of_bookings(self):
		"""Name the bookings that are already there: nobody is moved silently."""
		found = claims.bookings_between(
			placing.cell_of(get_datetime(self.starts)),
			placing.cell_of(get_datetime(self.ends)),
			subject=self.subject,
			branch=self.branch,
		)
		if found:
			shown = ", ".join(found[:20])
			message = _("Bookings at this time: {0}. Move them and tell the patients: {1}").format(
				len(found), shown
			)
			frappe.msgprint(message, title=_("Bookings Are Affected"), indicator="orange")
