import re

from frappe import _
from frappe.model.document import Document

from lab_crm.booking import network
from lab_crm.utils.errors import Refusal

CODE = re.compile(r"[A-Za-z0-9_-]+")
# Claims are keyed by the subject's name, so a room must never be called like a specialist.
SPECIALISTS = "SPC-"
MOST_SEATS = 100


class BookableResource(Document):
	"""A chair, room or device that bookings occupy; `capacity` patients at once."""

	def validate(self):
		if not CODE.fullmatch(self.code) or self.code.upper().startswith(SPECIALISTS):
			message = _(
				"A code has Latin letters, digits, hyphens and underscores, and does not begin with SPC-"
			)
			raise Refusal("CODE_INVALID", message, field="code")
		if not 1 <= self.capacity <= MOST_SEATS:
			message = _("The capacity is 1 to {0}").format(MOST_SEATS)
			raise Refusal("CAPACITY_INVALID", message, field="capacity")

	def on_update(self):
		network.forget()

	def on_trash(self):
		network.forget()
