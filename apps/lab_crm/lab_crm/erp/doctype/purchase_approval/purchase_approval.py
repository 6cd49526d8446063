import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.erp import purchases
from lab_crm.erp.books import money
from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name
from lab_crm.utils.workflow import SystemMoves

# What was asked; the answer is about exactly this.
ASKED = ("document_type", "document", "supplier", "contract", "purpose")


class PurchaseApproval(SystemMoves, Document):
	"""The director's word about a purchase in the ERP."""

	def autoname(self):
		self.name = random_name("APP")

	def before_insert(self):
		self.requested_by = frappe.session.user

	def validate(self):
		before = self.get_doc_before_save()
		if self.status == purchases.REQUESTED:
			purchases.fill_in(self)
		if not before:
			return
		if before.status != purchases.REQUESTED and _asked(self) != _asked(before):
			message = _("It is decided: ask for another approval")
			raise Refusal("APPROVAL_FIXED", message, status=409)
		if self.status == before.status:
			return
		if self.status == "Rejected" and not (self.answer or "").strip():
			raise Refusal("ANSWER_REQUIRED", _("Write why the purchase is rejected"), "answer")
		self.decided_by = frappe.session.user if self.status != purchases.REQUESTED else None


def _asked(approval) -> list[str]:
	values = [str(approval.get(field) or "") for field in ASKED]
	return [*values, str(money(approval.amount))]
