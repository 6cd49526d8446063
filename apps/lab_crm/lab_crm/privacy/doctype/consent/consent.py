import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.journey import events
from lab_crm.privacy import consents
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name


class Consent(Document):
	"""One patient's agreement to one purpose. What was agreed is never edited, only withdrawn."""

	def autoname(self):
		self.name = random_name("CON")

	def before_insert(self):
		self.status = "Active"
		self.given_on = self.given_on or clock.now()
		self.form = self.form or self.published_form()
		self.active_key = consents.active_key(self.patient, self.purpose)

	def validate(self):
		self.check_evidence()
		if not self.is_new():
			return
		if frappe.get_cached_value("Consent Form", self.form, "purpose") != self.purpose:
			raise Refusal("CONSENT_FORM_MISMATCH", _("The text belongs to another purpose"), field="form")
		if frappe.utils.get_datetime(self.given_on) > clock.now():
			raise Refusal("CONSENT_IN_FUTURE", _("A consent cannot be given in the future"), field="given_on")
		if not self.flags.ignore_permissions and frappe.db.exists("Consent", {"active_key": self.active_key}):
			raise Refusal("CONSENT_EXISTS", _("This consent is already given"), field="purpose", status=409)

	def check_evidence(self):
		"""The scan is nobody's but the staff's, and stays what it was."""
		before = self.get_doc_before_save()
		if before and before.signed_file and before.signed_file != self.signed_file:
			raise Refusal("EVIDENCE_KEPT", _("The signed form is never replaced"), field="signed_file")
		if self.signed_file and not self.signed_file.startswith("/private/files/"):
			raise Refusal(
				"EVIDENCE_PUBLIC", _("Attach the signed form as a private file"), field="signed_file"
			)
		if self.is_new() and self.signature:
			consents.check_signature(self.signature)

	def after_insert(self):
		events.emit("consent.given", consent=self.name, patient=self.patient, purpose=self.purpose)

	def on_trash(self):
		raise Refusal("CONSENT_KEPT", _("Consents are never deleted, only withdrawn"))

	def withdraw(self, evidence: str) -> None:
		"""End this consent now; `evidence` says how the patient asked for it."""
		self.db_set(
			{
				"status": "Withdrawn",
				"withdrawn_on": clock.now(),
				"withdrawal_evidence": evidence,
				"active_key": None,
			}
		)
		events.emit("consent.withdrawn", consent=self.name, patient=self.patient, purpose=self.purpose)

	@frappe.whitelist(methods=["POST"])
	def withdraw_at_desk(self, evidence: str):
		"""Withdraw on the patient's word at the desk (button of the form).

		Raises:
			Refusal: CONSENT_WITHDRAWN, EVIDENCE_REQUIRED.
		"""
		self.reload()  # what the browser sent is not what is stored
		self.check_permission("write")
		if self.status != "Active":
			raise Refusal("CONSENT_WITHDRAWN", _("The consent is already withdrawn"), status=409)
		if not (evidence or "").strip():
			raise Refusal(
				"EVIDENCE_REQUIRED", _("Say how the patient withdrew the consent"), field="evidence"
			)
		consents.withdraw(self.patient, self.purpose, evidence.strip()[:500])

	def published_form(self) -> str:
		form = frappe.db.get_value("Consent Form", {"purpose": self.purpose, "status": "Published"})
		if not form:
			message = _("There is no published text of the consent «{0}»").format(_(self.purpose))
			raise Refusal("CONSENT_FORM_MISSING", message, field="purpose")
		return form
