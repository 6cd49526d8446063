import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name

# Once the LIS knows the order, its composition is no longer ours to change: cancel it and place another.
OPEN_FOR_EDIT = ("Draft", "Queued", "Rejected")


class LabOrder(Document):
	"""What the laboratory was asked to do for one patient; the LIS answers to its placer number."""

	def autoname(self):
		self.name = random_name("ORD")

	def before_insert(self):
		self.ordered_at = self.ordered_at or clock.now()

	def validate(self):
		self.placer_number = self.placer_number or self.name
		self.refuse_duplicates()
		self.refuse_changed_composition()

	def refuse_duplicates(self):
		"""One examination is ordered once."""
		seen = set()
		for row in self.items:
			if row.service in seen:
				raise Refusal(
					"DUPLICATE_SERVICE",
					_("{0} is in the order twice").format(row.service_name or row.service),
					"items",
				)
			seen.add(row.service)

	def refuse_changed_composition(self):
		before = self.get_doc_before_save()
		if not before or before.status in OPEN_FOR_EDIT:
			return
		if {row.service for row in before.items} != {row.service for row in self.items}:
			raise Refusal(
				"ORDER_SENT",
				_("The order is already with the laboratory: cancel it and place another"),
				"items",
				409,
			)

	def on_trash(self):
		if frappe.db.exists("Lab Result", {"order": self.name}):
			raise Refusal("ORDER_HAS_RESULTS", _("An order with results is never deleted"), status=409)
