"""Who pays: the patient, the insurer of the policy, the company of the contract; each a Customer."""

import frappe
from frappe import _

from lab_crm.catalogue.prices import SELF_PAY
from lab_crm.erp import books, counterparts, insurers

ROLE = "customer"
INSURED = ("OMS", "DMS")


def of_visit(visit) -> str:
	"""Return the customer who owes for a visit.

	Args:
		visit: the Visit document: patient, funding, booking, checked_in_at.
	"""
	funding = visit.funding or SELF_PAY
	if funding in INSURED:
		day = frappe.utils.getdate(visit.checked_in_at)
		return insurer(funding, insurers.of_policy(visit.patient, funding, day))
	if funding == "Corporate":
		contract = visit.booking and frappe.db.get_value("Booking", visit.booking, "corporate_contract")
		return company("Corporate Contract", contract or _("The contract is not named", lang="ru"))
	return of_patient(visit.patient)


def of_patient(patient: str) -> str:
	"""Return the customer that stands for a patient: the card's own, else that of a card merged into it."""
	known = customers_of(patient)
	if known:
		return known[0]
	return counterparts.once("Patient", patient, ROLE, "Customer", lambda: _person(patient))


def customers_of(patient: str) -> list[str]:
	"""Return the customers of a patient: of the card itself, then of those merged into it.

	Nothing is handed over by merging, and so nothing is to be given back when it is undone.
	"""
	cards = [patient]
	for card in cards:
		merged = frappe.get_all("Patient", {"merged_into": card}, pluck="name", order_by="creation, name")
		cards += [name for name in merged if name not in cards]
	found = (counterparts.of("Patient", card, ROLE) for card in cards)
	return [name for name in found if name and frappe.db.exists("Customer", name)]


def insurer(funding: str, name: str | None) -> str:
	"""Return the customer of an insurer; without its name, one that collects what has to be sorted out.

	Args:
		funding: OMS or DMS.
		name: as the policy has it.
	"""
	unnamed = _("{0}: the insurer is not named", lang="ru").format(_(funding, lang="ru"))
	return company("Insurer", name or unnamed)


def company(kind: str, name: str) -> str:
	"""Return the customer of a company that pays.

	Args:
		kind: `Insurer` or `Corporate Contract`.
		name: of the company or the contract; two spellings are two payers.
	"""
	title = " ".join(name.split())[:120]
	return counterparts.once(kind, title.casefold(), ROLE, "Customer", lambda: _company(title))


def _person(patient: str) -> str:
	name = frappe.db.get_value("Patient", patient, "full_name") or patient
	return _customer(name, "Individual", "Individual")


def _company(title: str) -> str:
	known = frappe.db.get_value("Customer", {"customer_name": title, "customer_type": "Company"})
	return known or _customer(title, "Company", "Commercial")


def _customer(name: str, kind: str, group: str) -> str:
	doc = books.new(
		"Customer",
		customer_name=name,
		customer_type=kind,
		customer_group=books.pick("Customer Group", group),
		territory=books.pick("Territory", "Russian Federation", "Russia", "Rest Of The World"),
	)
	return doc.insert(ignore_permissions=True).name  # safe: the bridge's own master
