from frappe import _
from frappe.model.document import Document

from lab_crm.booking import policy
from lab_crm.utils.errors import Refusal


class BookingPolicy(Document):
	"""Rules of bookings: cancellation window, hold, reminders; `policy.of` says which one applies."""

	def validate(self):
		hours = [row.hours_before for row in self.reminders]
		if len(set(hours)) != len(hours):
			raise Refusal("REMINDERS_REPEAT", _("Two reminders at the same time"), field="reminders")

	def on_change(self):
		policy.forget()

	def after_rename(self, *_names):
		policy.forget()

	def after_delete(self):
		policy.forget()
