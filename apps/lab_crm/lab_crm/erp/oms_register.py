"""An OMS register as structured data: what is missing is named before anything is exported.

Regional funds each want a file of their own; this one is ours, described in
docs/decisions/0009-oms-register.md, and is what a converter to a fund's file starts from.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

import frappe
from frappe import _

from lab_crm.erp import books, registers
from lab_crm.patients.policies import TEMPORARY, oms_number_is_right
from lab_crm.utils.errors import Refusal

VERSION = "1"
ICD10 = re.compile(r"[A-Z][0-9]{2}(\.[0-9]{1,2})?")
INSURER_CODE = re.compile(r"[0-9]{5}")
INN = re.compile(r"[0-9]{10}([0-9]{2})?")
SHOWN = 20
SEX = {"Male": "1", "Female": "2"}
PATIENT = ("last_name", "first_name", "middle_name", "birth_date", "sex", "snils")


@dataclass(frozen=True)
class Problem:
	"""Something that is missing or wrong: in a row (0: in the head), where, and what to do."""

	row: int
	field: str
	message: str


def problems(register) -> list[Problem]:
	"""Return all that keeps a register from being exported, the head first.

	Args:
		register: the Insurer Register of a contract by OMS.
	"""
	found = list(_head_problems(register))
	people = _people(register)
	for row in register.rows:
		found += [Problem(row.idx, field, text) for field, text in _row_problems(row, people[row.patient])]
	return found


def export(register) -> bytes:
	"""Return a register as XML (UTF-8).

	Raises:
		Refusal: NOT_OMS, OMS_INCOMPLETE (409; `data.problems` has them all).
	"""
	if register.funding != "OMS":
		raise Refusal("NOT_OMS", _("Only a register by OMS is exported as XML"), status=409)
	found = problems(register)
	if found:
		raise Refusal("OMS_INCOMPLETE", _list(found), "rows", 409, {"problems": [vars(one) for one in found]})
	root = ET.Element("omsRegister", _head(register))
	_parties(root, register)
	people = _people(register)
	for row in register.rows:
		_add_row(root, row, people[row.patient])
	ET.indent(root)
	return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _list(found: list[Problem]) -> str:
	lines = [
		_("Row {0}: {1}").format(one.row, one.message) if one.row else one.message for one in found[:SHOWN]
	]
	if len(found) > SHOWN:
		lines.append(_("and {0} more").format(len(found) - SHOWN))
	return _("The register is not complete: {0}").format("; ".join(lines))


def _head_problems(register) -> Iterator[Problem]:
	contract = frappe.get_cached_doc("Insurer Contract", register.contract)
	if not INSURER_CODE.fullmatch(contract.insurer_code or ""):
		yield Problem(0, "insurer_code", _("the contract has no five-digit code of the insurer"))
	if not INN.fullmatch(frappe.db.get_single_value("ERP Settings", "company_inn") or ""):
		yield Problem(0, "company_inn", _("ERP Settings have no INN of the laboratory"))
	if not register.rows:
		yield Problem(0, "rows", _("there are no services in it"))


def _row_problems(row, person: frappe._dict) -> Iterator[tuple[str, str]]:
	number = row.policy_number or ""
	if not (oms_number_is_right(number) or TEMPORARY.fullmatch(number)):
		yield "policy_number", _("the patient's card has no OMS policy that was valid on the day")
	if not ICD10.fullmatch(row.icd10 or ""):
		yield "icd10", _("write the diagnosis by ICD-10, for example Z00.0")
	if not row.nmu_code:
		yield "nmu_code", _("service {0} has no code of the nomenclature (NMU)").format(row.service)
	if books.money(row.price) <= 0:
		yield "price", _("service {0} has no tariff").format(row.service)
	if not person.birth_date:
		yield "birth_date", _("the patient's card has no birth date")
	if person.sex not in SEX:
		yield "sex", _("the patient's card has no sex")


def _people(register) -> dict[str, frappe._dict]:
	names = list({row.patient for row in register.rows})
	rows = frappe.get_all("Patient", {"name": ("in", names or [""])}, ["name", *PATIENT])
	return {row.name: row for row in rows}


def _head(register) -> dict[str, str]:
	said = registers.totals(register.rows)
	return {
		"version": VERSION,
		"number": register.name,
		"date": str(register.sent_on or frappe.utils.getdate(register.modified)),
		"periodFrom": str(register.period_from),
		"periodTo": str(register.period_to),
		"services": str(said["row_count"]),
		"total": str(said["total"]),
	}


def _parties(root: ET.Element, register) -> None:
	contract = frappe.get_cached_doc("Insurer Contract", register.contract)
	inn = frappe.db.get_single_value("ERP Settings", "company_inn")
	ET.SubElement(root, "performer", {"name": books.company(), "inn": inn})
	insurer = {"name": contract.legal_name or contract.insurer, "code": contract.insurer_code}
	ET.SubElement(root, "insurer", {**insurer, "contract": contract.number})


def _add_row(root: ET.Element, row, person: frappe._dict) -> None:
	item = ET.SubElement(root, "service", {"row": str(row.idx), "visit": row.visit})
	ET.SubElement(item, "patient", _person(person))
	kind = "temporary" if TEMPORARY.fullmatch(row.policy_number) else "unified"
	ET.SubElement(item, "policy", {"number": row.policy_number, "kind": kind})
	texts: dict[str, Any] = {
		"date": row.service_date,
		"code": row.nmu_code,
		"name": row.service_name,
		"diagnosis": row.icd10,
		"quantity": row.quantity,
		"tariff": books.money(row.price),
		"amount": books.money(row.amount),
	}
	for name, text in texts.items():
		ET.SubElement(item, name).text = str(text)


def _person(person: frappe._dict) -> dict[str, str]:
	values = {
		"id": person.name,
		"lastName": person.last_name,
		"firstName": person.first_name,
		"middleName": person.middle_name,
		"birthDate": person.birth_date,
		"sex": SEX[person.sex],
		"snils": person.snils,
	}
	return {key: str(value) for key, value in values.items() if value}
