import hashlib

import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.erp import insurers
from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name


class InsurerContract(Document):
	"""Terms on which an insurer pays: the programme, what it covers, at which prices, for how long."""

	def autoname(self):
		self.name = random_name("INC")

	def validate(self):
		self.insurer = " ".join((self.insurer or "").split())
		self.insurer_key = insurers.key_of(self.insurer)
		parts = (self.insurer_key, self.number, self.programme, self.funding)
		key = "\x1f".join(" ".join((part or "").split()).casefold() for part in parts)
		self.contract_key = hashlib.sha256(key.encode()).hexdigest()
		names = (self.insurer, _("No. {0}", lang="ru").format(self.number), self.programme)
		self.title = " · ".join(filter(None, names))[:140]
		self.check_dates()
		check_rows(self, "covered")

	def check_dates(self):
		"""Raises:
		Refusal: CONTRACT_DATES_INVALID.
		"""
		if self.valid_to and frappe.utils.getdate(self.valid_to) < frappe.utils.getdate(self.valid_from):
			raise Refusal("CONTRACT_DATES_INVALID", _("The contract ends before it starts"), "valid_to")


def check_rows(doc, table: str) -> None:
	"""Each line names a service or a category.

	Args:
		doc: an Insurer Contract or a Guarantee Letter.
		table: name of its table of services.

	Raises:
		Refusal: SERVICE_OR_CATEGORY.
	"""
	for row in doc.get(table):
		if not row.service and not row.category:
			text = _("Row {0}: name a service or a category").format(row.idx)
			raise Refusal("SERVICE_OR_CATEGORY", text, table)
		if row.service:
			row.category = None
