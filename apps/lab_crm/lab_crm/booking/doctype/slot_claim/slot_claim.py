import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.utils.errors import Refusal


class SlotClaim(Document):
	"""One 5-minute cell of one seat, sold to one booking. Its primary key is the lock (see `claims`)."""

	def validate(self):
		raise Refusal("CLAIMED_BY_BOOKING_ONLY", _("Slots are taken by bookings only"))


def on_doctype_update():
	"""The index from which calendars are read without touching the table."""
	frappe.db.add_index("Slot Claim", ["subject", "cell", "cells", "seat"], "subject_cell")
