import re
from zoneinfo import available_timezones

from frappe import _
from frappe.model.document import Document

from lab_crm.booking import cells, links, network, origins
from lab_crm.utils.errors import Refusal

CODE = re.compile(r"[A-Za-z0-9_-]+")


class LabBranch(Document):
	"""A place where patients are received: address, booking rules, letterhead."""

	def onload(self):
		if self.is_active and self.is_bookable_online:
			self.set_onload("booking_links", links.of_branch(self.name))

	def validate(self):
		if not CODE.fullmatch(self.code):
			message = _("A code has Latin letters, digits, hyphens and underscores only")
			raise Refusal("CODE_INVALID", message, field="code")
		if self.timezone not in available_timezones():
			message = _("There is no time zone {0}").format(self.timezone)
			raise Refusal("TIMEZONE_UNKNOWN", message, field="timezone")
		if self.slot_step_minutes % cells.MINUTES or not cells.MINUTES <= self.slot_step_minutes <= 240:
			message = _("The slot step is a multiple of {0} minutes, up to 240").format(cells.MINUTES)
			raise Refusal("STEP_INVALID", message, field="slot_step_minutes")
		if not 1 <= self.horizon_days <= 366:
			raise Refusal("HORIZON_INVALID", _("The horizon is 1 to 366 days"), field="horizon_days")
		self.allowed_origins = "\n".join(origins.parse(self.allowed_origins))

	def on_update(self):
		network.forget()

	def on_trash(self):
		network.forget()
