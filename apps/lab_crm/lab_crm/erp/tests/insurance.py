"""An insurer of DMS with its contract, a patient with its policy, letters: for the tests of insurance."""

from datetime import timedelta

import frappe

from lab_crm.erp.doctype.guarantee_letter.guarantee_letter import APPROVED
from lab_crm.laboratory.tests.arrange import Laboratory, insert
from lab_crm.utils import clock
from lab_crm.utils.names import random_name
from lab_crm.utils.workflow import system_move

POLICY = "ДМС-0042"


class Insurance:
	"""A laboratory whose patient is insured; the contract wants letters."""

	def __init__(self, make, **terms):
		self.lab = Laboratory(make)
		self.insurer = f"Тестовое страхование {self.lab.branch.name}"
		self.insure(self.lab.patient)
		self.contract = insert(
			"Insurer Contract", **{**self.numbered(), "insurer": self.insurer, "letter_required": 1, **terms}
		)

	def insure(self, patient) -> None:
		"""Give a patient a policy of the insurer."""
		patient.append("policies", {"kind": "DMS", "number": POLICY, "insurer": self.insurer})
		patient.save(ignore_permissions=True)

	def numbered(self) -> dict:
		"""What every contract says."""
		return {"number": random_name("Д", 6), "valid_from": clock.now().date() - timedelta(days=60)}

	def request(self, **fields):
		"""A letter that the insurer has not answered yet."""
		day = clock.now().date()
		defaults = {
			"patient": self.lab.patient.name,
			"contract": self.contract.name,
			"number": random_name("ГП", 6),
			"valid_from": day - timedelta(days=1),
			"valid_to": day + timedelta(days=30),
		}
		return insert("Guarantee Letter", **{**defaults, **fields})

	def letter(self, **fields):
		"""An approved letter."""
		letter = self.request(**fields)
		system_move(letter, APPROVED)
		return letter


def fresh(letter):
	"""A letter as the database has it."""
	return frappe.get_doc("Guarantee Letter", letter.name)
