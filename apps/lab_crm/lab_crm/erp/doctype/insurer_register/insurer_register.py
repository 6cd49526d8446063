import frappe
from frappe import _
from frappe.utils import getdate

from lab_crm.erp import oms_register, register_paper, registers
from lab_crm.erp.books import money
from lab_crm.erp.registers import ACCEPTED, DRAFT, PARTLY_REFUSED, REFUSED, SENT
from lab_crm.privacy import access_log
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.workflow import SystemMoves

# What people write in a row, and when.
BY_HAND = {DRAFT: ("icd10",), SENT: ("decision", "reason")}
ROW = (
	"row_key",
	"invoice",
	"invoice_row",
	"patient",
	"service",
	"amount",
	"icd10",
	"decision",
	"reason",
	"settled",
)


class InsurerRegister(SystemMoves, access_log.MedicalRecord):
	"""What an insurer is asked to pay for a period, and what it has answered."""

	def log_read(self, action: str):
		"""A diagnosis is medical: whoever reads one is written down, for each patient."""
		if self.is_new() or not access_log.is_staff_request():
			return
		for patient in sorted({row.patient for row in self.rows if row.icd10}):
			access_log.record(patient, self.doctype, self.name, action)

	def validate(self):
		if getdate(self.period_to) < getdate(self.period_from):
			raise Refusal("PERIOD_INVALID", _("The period ends before it starts"), "period_to")
		before = self.get_doc_before_save()
		if not (self.flags.collecting or self.flags.settling):
			self.keep_rows(before)
		was = before.status if before else DRAFT
		if self.status != was:
			self.move(self.status)
		self.update({key: float(value) for key, value in registers.totals(self.rows).items()})

	def move(self, status: str):
		"""What the insurer is told or has answered must be whole.

		Raises:
			Refusal: REGISTER_EMPTY, REGISTER_STALE, ROWS_REFUSED, NOTHING_REFUSED, REASON_REQUIRED.
		"""
		today = clock.now().date()
		if status == SENT:
			registers.check_billed(self)
			self.sent_on = today
		if status == ACCEPTED and any(row.decision == REFUSED for row in self.rows):
			message = _("Some rows are refused: accept the register in part")
			raise Refusal("ROWS_REFUSED", message, "rows", 409)
		if status == PARTLY_REFUSED:
			self.check_refusals()
		if status in (ACCEPTED, PARTLY_REFUSED):
			self.answered_on = today
			for row in self.rows:
				row.decision = row.decision or "Accepted"

	def check_refusals(self):
		"""See `move`."""
		refused = [row for row in self.rows if row.decision == REFUSED]
		if not refused:
			message = _("Mark the refused rows first")
			raise Refusal("NOTHING_REFUSED", message, "rows", 409)
		for row in refused:
			if not (row.reason or "").strip():
				text = _("Row {0}: write why the insurer has refused it").format(row.idx)
				raise Refusal("REASON_REQUIRED", text, "rows")

	def keep_rows(self, before):
		"""Rows are collected from the invoices; people leave some out of a draft and write what is theirs.

		Raises:
			Refusal: ROWS_FIXED (409).
		"""
		status = before.status if before else DRAFT
		mine = BY_HAND.get(status, ())
		stored = {row.name: row for row in before.rows} if before else {}
		fields = [field for field in ROW if field not in mine]
		for row in self.rows:
			known = stored.pop(row.name, None)
			if not known or any(_plain(row, key) != _plain(known, key) for key in fields):
				self.refuse_rows()
		if stored and status != DRAFT:
			self.refuse_rows()
		if status != DRAFT and (getdate(self.period_from), getdate(self.period_to)) != (
			getdate(before.period_from),
			getdate(before.period_to),
		):
			self.refuse_rows()

	def refuse_rows(self):
		"""See `keep_rows`."""
		message = _("Rows of a register come from the invoices and are not changed by hand")
		raise Refusal("ROWS_FIXED", message, "rows", 409)

	def on_trash(self):
		if self.status != DRAFT:
			raise Refusal("PAYMENT_KEPT", _("What concerns money is never deleted"))

	@frappe.whitelist(methods=["POST"])
	def collect(self) -> int:
		"""Collect what was billed in the period (button of the form); see `registers.collect`."""
		return registers.collect(self.stored())

	@frappe.whitelist(methods=["POST"])
	def settle(self, row: str, how: str):
		"""Decide about a refused row (button of the form); see `registers.settle`."""
		registers.settle(self.stored(), row, how)

	@frappe.whitelist(methods=["POST"])
	def record_payment(self, paid_on: str, reference: str) -> str:
		"""Post the insurer's payment (button of the form); see `registers.record_payment`."""
		return registers.record_payment(self.stored(), getdate(paid_on), reference)

	@frappe.whitelist(methods=["GET", "POST"])
	def problems(self) -> list[dict]:
		"""Return what keeps an OMS register from being exported (button of the form)."""
		self.check_permission("read")
		return [vars(one) for one in oms_register.problems(frappe.get_doc(self.doctype, self.name))]

	def paper(self) -> dict:
		"""Return what the register says; called by its print format."""
		return register_paper.contents(self)

	def stored(self) -> "InsurerRegister":
		"""Return the register as it is stored, locked: what the browser sent does not count."""
		doc = frappe.get_doc(self.doctype, self.name, for_update=True)
		doc.check_permission("write")
		return doc


def _plain(row, field: str) -> str:
	return str(money(row.amount)) if field == "amount" else str(row.get(field) or "")
