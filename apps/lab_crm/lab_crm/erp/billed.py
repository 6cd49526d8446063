"""What an insurer was billed for in a period: the lines of the visits' invoices that were not returned."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import frappe

from lab_crm.erp import books, counterparts, guarantee, insurers, invoices, payers


@dataclass(frozen=True)
class Billed:
	"""A line of an insurer's invoice, with whom it is about; money in roubles."""

	key: str
	invoice: str
	invoice_row: str
	visit: str
	patient: str
	patient_name: str
	birth_date: date | None
	policy_number: str
	letter: str | None
	letter_number: str
	service_date: date
	service: str
	service_name: str
	nmu_code: str
	quantity: int
	price: Decimal
	amount: Decimal

	def as_row(self) -> dict[str, Any]:
		"""Return it as a row of Insurer Register."""
		values = asdict(self)
		values["row_key"] = values.pop("key")
		return {**values, "price": float(self.price), "amount": float(self.amount)}


def lines(contract, first: date, last: date) -> Iterator[Billed]:
	"""Yield what was billed by a contract in a period, by day, visit and line.

	Args:
		contract: the Insurer Contract.
		first, last: days of the visits, both inclusive.
	"""
	rows = _rows(contract, first, last)
	returned = _returned({row.invoice for row in rows})
	letters = _letters({row.visit for row in rows})
	policies = cache(lambda patient, day: insurers.policy(patient, contract.funding, day))
	without_letter = cache(lambda day: _contract_on(contract, day))
	for row in rows:
		if returned[row.invoice, row.item_code] > 0:
			returned[row.invoice, row.item_code] -= 1
			continue
		letter = _letter_of(letters, row)
		if (letter.contract if letter else without_letter(row.posting_date)) != contract.name:
			continue
		yield _billed(row, letter, policies(row.patient, row.posting_date))


def _billed(row: frappe._dict, letter: frappe._dict | None, policy: frappe._dict | None) -> Billed:
	return Billed(
		key=f"{row.invoice}:{row.invoice_row}",
		invoice=row.invoice,
		invoice_row=row.invoice_row,
		visit=row.visit,
		patient=row.patient,
		patient_name=row.full_name,
		birth_date=row.birth_date,
		policy_number=(letter and letter.policy_number) or (policy.number if policy else ""),
		letter=letter.name if letter else None,
		letter_number=(letter.number or "") if letter else "",
		service_date=row.posting_date,
		service=row.item_code,
		service_name=row.item_name,
		nmu_code=row.nmu_code or "",
		quantity=int(row.qty),
		price=books.money(row.rate),
		amount=books.money(row.amount),
	)


def _rows(contract, first: date, last: date) -> list[frappe._dict]:
	customer = counterparts.of("Insurer", insurers.key_of(contract.insurer), payers.ROLE)
	if not customer or not books.available():
		return []
	invoice, item = frappe.qb.DocType(invoices.DOCTYPE), frappe.qb.DocType("Sales Invoice Item")
	link, visit = frappe.qb.DocType(counterparts.DOCTYPE), frappe.qb.DocType("Visit")
	patient, service = frappe.qb.DocType("Patient"), frappe.qb.DocType("Lab Service")
	return (
		frappe.qb.from_(invoice)
		.join(item)
		.on((item.parent == invoice.name) & (item.parenttype == invoices.DOCTYPE))
		.join(link)
		.on((link.erp_name == invoice.name) & (link.erp_doctype == invoices.DOCTYPE))
		.join(visit)
		.on((visit.name == link.subject) & (link.subject_doctype == "Visit"))
		.join(patient)
		.on(patient.name == visit.patient)
		.left_join(service)
		.on(service.name == item.item_code)
		.select(invoice.name.as_("invoice"), invoice.posting_date, item.name.as_("invoice_row"))
		.select(item.item_code, item.item_name, item.qty, item.rate, item.amount)
		.select(visit.name.as_("visit"), visit.patient, patient.full_name, patient.birth_date)
		.select(service.nmu_code)
		.where((invoice.customer == customer) & (invoice.docstatus == 1) & (invoice.is_return == 0))
		.where(invoice.posting_date[first:last] & (link.role == invoices.ROLE))
		.where(visit.funding == contract.funding)
		.orderby(invoice.posting_date)
		.orderby(patient.full_name)
		.orderby(invoice.name)
		.orderby(item.idx)
	).run(as_dict=True)


def _returned(names: set[str]) -> Counter[tuple[str, str]]:
	"""Return how often each service of invoices was taken back."""
	back = dict(
		frappe.get_all(
			invoices.DOCTYPE,
			{"return_against": ("in", list(names) or [""]), "docstatus": 1},
			["name", "return_against"],
			as_list=True,
		)
	)
	filters = {"parenttype": invoices.DOCTYPE, "parent": ("in", list(back) or [""])}
	rows = frappe.get_all("Sales Invoice Item", filters, ["parent", "item_code"])
	return Counter((back[row.parent], row.item_code) for row in rows)


def _letters(visits: set[str]) -> dict[tuple[str, str], list[frappe._dict]]:
	use, letter = frappe.qb.DocType(guarantee.USE), frappe.qb.DocType(guarantee.LETTER)
	rows = (
		frappe.qb.from_(use)
		.join(letter)
		.on(letter.name == use.letter)
		.select(use.invoice, use.service, letter.name, letter.number, letter.policy_number, letter.contract)
		.where(use.visit.isin(list(visits) or [""]) & use.released_at.isnull())
		.orderby(use.use_key)
	).run(as_dict=True)
	found: dict[tuple[str, str], list[frappe._dict]] = {}
	for row in rows:
		found.setdefault((row.invoice, row.service), []).append(row)
	return found


def _letter_of(letters: dict[tuple[str, str], list[frappe._dict]], row: frappe._dict) -> frappe._dict | None:
	own = letters.get((row.invoice, row.item_code))
	return own.pop(0) if own else None


def _contract_on(contract, day: date) -> str | None:
	found = insurers.contract_of(contract.insurer, contract.funding, day)
	return found.name if found else None
