"""Files of a register that the accountant downloads."""

from collections.abc import Callable

import frappe

from lab_crm.erp import oms_register, register_paper, registers
from lab_crm.privacy import access_log
from lab_crm.utils.rights import require


@frappe.whitelist(methods=["GET", "POST"])
def workbook(register: str) -> None:
	"""Answer with a register as a workbook (xlsx)."""
	_answer(register, "xlsx", register_paper.workbook)


@frappe.whitelist(methods=["GET", "POST"])
def paper(register: str) -> None:
	"""Answer with a register as a PDF."""
	_answer(register, "pdf", register_paper.paper)


@frappe.whitelist(methods=["GET", "POST"])
def oms_xml(register: str) -> None:
	"""Answer with an OMS register as XML; see `oms_register.export`."""
	_answer(register, "xml", oms_register.export)


def _answer(register: str, kind: str, make: Callable) -> None:
	require(registers.DOCTYPE, "export")
	doc = frappe.get_doc(registers.DOCTYPE, register)
	doc.check_permission("read")
	doc.log_read(access_log.EXPORT)
	frappe.local.response.filename = f"{register}.{kind}"
	frappe.local.response.filecontent = make(doc)
	frappe.local.response.type = "pdf" if kind == "pdf" else "binary"
