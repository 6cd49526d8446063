from frappe import _
from frappe.model.document import Document

from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name

BY_HAND = ("note",)


class ExternalReferral(Document):
	"""Examinations of one branch that go to another laboratory together."""

	def autoname(self):
		self.name = random_name("REF")

	def validate(self):
		if self.flags.by_system:
			return
		before = self.get_doc_before_save()
		if not before:
			message = _("A referral is made by the orders: add the service to the external laboratory")
			raise Refusal("MADE_BY_ORDERS", message, status=409)
		fields = [df for df in self.meta.fields if df.fieldname not in BY_HAND and df.fieldtype != "Table"]
		changed = [
			df.fieldname
			for df in fields
			if str(self.get(df.fieldname) or "") != str(before.get(df.fieldname) or "")
		]
		if changed or rows_of(self) != rows_of(before):
			message = _("A referral is changed by its buttons, not by hand")
			raise Refusal("REFERRAL_KEPT", message, changed[0] if changed else "items", 409)

	def on_trash(self):
		raise Refusal("REFERRAL_KEPT", _("A referral is never deleted"), status=409)


def rows_of(doc) -> list[tuple]:
	"""Return what a referral says of its examinations, to compare."""
	return [(row.lab_order, row.service, row.state, row.result or "", row.cost or 0) for row in doc.items]
