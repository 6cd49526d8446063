"""What stands for what in the ERP: a patient's customer, a visit's invoice. Each is made once."""

from collections.abc import Callable

import frappe

from lab_crm.utils.once import insert_once

DOCTYPE = "ERP Counterpart"


def of(subject_doctype: str, subject: str, role: str) -> str | None:
	"""Return the ERP's document that plays `role` for a subject, if there is one.

	Args:
		subject_doctype: whose: a DocType of ours, or another kind of thing (`Insurer`).
		subject: its name.
		role: what the document is to it (`invoice`, `payment`).
	"""
	return frappe.db.get_value(DOCTYPE, {"link_key": _key(subject_doctype, subject, role)}, "erp_name")


def once(subject_doctype: str, subject: str, role: str, erp_doctype: str, make: Callable[[], str]) -> str:
	"""Return the ERP's document of a role, made by `make` when there is none (or it has been deleted).

	Whoever asks at the same moment waits for the first.

	Args:
		make: makes the document and returns its name.
	"""
	known = of(subject_doctype, subject, role)
	if known and frappe.db.exists(erp_doctype, known):
		return known
	doc = frappe.new_doc(DOCTYPE)
	doc.update(
		{
			"subject_doctype": subject_doctype,
			"subject": subject,
			"role": role,
			"erp_doctype": erp_doctype,
			"link_key": _key(subject_doctype, subject, role),
		}
	)
	made = insert_once(doc, "link_key")
	# A locking read: it sees what another has just committed, which this transaction's snapshot does not.
	if not made.erp_name or not frappe.db.get_value(erp_doctype, made.erp_name, "name", for_update=True):
		made.db_set("erp_name", make())
	return made.erp_name


def subject_of(erp_doctype: str, erp_name: str, role: str) -> str | None:
	"""Return whose document of the ERP this is, if it is one of the bridge's."""
	filters = {"erp_doctype": erp_doctype, "erp_name": erp_name, "role": role}
	return frappe.db.get_value(DOCTYPE, filters, "subject")


def _key(subject_doctype: str, subject: str, role: str) -> str:
	return f"{subject_doctype}:{subject}:{role}"
