import frappe
from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from lab_crm.erp import insurers
from lab_crm.erp.doctype.insurer_contract.insurer_contract import check_rows
from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name
from lab_crm.utils.workflow import SystemMoves

REQUESTED, APPROVED, REJECTED = "Requested", "Approved", "Rejected"
# What the insurer has promised: after its answer a change is another letter.
TERMS = (
	"contract",
	"policy_number",
	"number",
	"issued_on",
	"valid_from",
	"valid_to",
	"limit_amount",
	"limit_quantity",
)
KEPT = ("used_amount", "used_quantity")
ROW = ("service", "category", "quantity", "excluded")


class GuaranteeLetter(SystemMoves, Document):
	"""An insurer's promise to pay for a patient's services, up to a limit."""

	def autoname(self):
		self.name = random_name("GL")

	def before_insert(self):
		self.requested_by = frappe.session.user
		if not self.policy_number and self.contract:
			found = insurers.policy(self.patient, insurers.contract(self.contract).funding, getdate())
			self.policy_number = found.number if found else None

	def validate(self):
		check_rows(self, "services")
		before = self.get_doc_before_save()
		if not self.flags.system_move:
			self.keep_terms(before)
			self.keep_sums(before)
		if self.valid_from and self.valid_to and getdate(self.valid_to) < getdate(self.valid_from):
			raise Refusal("LETTER_DATES_INVALID", _("The letter ends before it starts"), "valid_to")
		if self.status == APPROVED and (not before or before.status != APPROVED):
			self.check_answer()
		if self.status == REJECTED and not (self.answer or "").strip():
			message = _("Write what the insurer has answered")
			raise Refusal("ANSWER_REQUIRED", message, "answer")

	def check_answer(self):
		"""An approved letter says who has promised what until when.

		Raises:
			Refusal: LETTER_INCOMPLETE, CONTRACT_NOT_DMS.
		"""
		for field in ("number", "valid_from", "valid_to"):
			if not self.get(field):
				label = _(self.meta.get_label(field))
				raise Refusal("LETTER_INCOMPLETE", _("Fill in to approve: {0}").format(label), field)
		if insurers.contract(self.contract).funding != "DMS":
			raise Refusal("CONTRACT_NOT_DMS", _("Letters are given by DMS contracts only"), "contract")

	def keep_terms(self, before):
		"""Raises:
		Refusal: LETTER_FIXED (409): the insurer has answered already.
		"""
		if before and before.status != REQUESTED and _terms(self) != _terms(before):
			message = _("The insurer has answered: for other terms register a new letter")
			raise Refusal("LETTER_FIXED", message, status=409)

	def keep_sums(self, before):
		"""What was used is counted, never typed."""
		for field in KEPT:
			self.set(field, before.get(field) if before else 0)


def _terms(letter) -> tuple:
	values = [str(letter.get(field) or "") for field in TERMS if field != "limit_amount"]
	rows = [tuple(str(row.get(field) or "") for field in ROW) for row in letter.services]
	return values, frappe.utils.flt(letter.limit_amount, 2), letter.patient, rows
