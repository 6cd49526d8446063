"""Labels for tubes, 58 × 40 mm: who, what, when, and the barcode."""

from collections.abc import Iterable
from typing import Any

import frappe
from frappe import _

from lab_crm.laboratory import code128, pdf
from lab_crm.laboratory.report import DATE, short_name
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.rights import require

DEFAULT_FORMAT = "Specimen Label"
# What fits on one label; the rest is in the order.
MOST_SERVICES = 60


def specimen_label(doc) -> dict[str, Any]:
	"""Return what the label of a Specimen says; called by its print format.

	Args:
		doc: Specimen document.
	"""
	patient = frappe.db.get_value("Patient", doc.patient, ["full_name", "birth_date", "sex"], as_dict=True)
	order = frappe.get_cached_doc("Lab Order", doc.order)
	branch = frappe.get_cached_doc("Lab Branch", order.branch)
	material = frappe.get_cached_doc("Sample Type", doc.sample_type) if doc.sample_type else frappe._dict()
	services = ", ".join(row.service for row in order.items if row.specimen == doc.name)
	return {
		"patient": short_name(patient.full_name),
		"birth_date": patient.birth_date.strftime(DATE) if patient.birth_date else "",
		"sex": {"Male": _("Male (short)"), "Female": _("Female (short)")}.get(patient.sex, ""),
		"material": material.label_text or material.material_name or "",
		"tube": material.cap_colour or material.tube_name or "",
		"urgent": order.priority == "Urgent",
		"services": services if len(services) <= MOST_SERVICES else services[: MOST_SERVICES - 1] + "…",
		"branch": branch.code,
		"ordered_at": clock.to_zone(order.ordered_at, branch.timezone).strftime("%d.%m.%y %H:%M"),
		"barcode": code128.svg(doc.name),
		"number": " ".join(doc.name[place : place + 4] for place in range(0, len(doc.name), 4)),
	}


def render(specimens: Iterable[str]) -> bytes:
	"""Return a PDF with one label a page; the caller has checked the right to the specimens."""
	labels = [specimen_label(frappe.get_doc("Specimen", name)) for name in specimens]
	body = frappe.render_template("lab_crm/templates/print/specimen_label.html", {"labels": labels})
	return pdf.render_html(f'<!doctype html><html lang="ru"><meta charset="utf-8"><body>{body}</body></html>')


@frappe.whitelist()
def download(order: str) -> None:
	"""Answer with the labels of an order's tubes as a PDF to print.

	Raises:
		frappe.PermissionError: the user may not print specimens or read this order.
		Refusal: `NO_SPECIMENS`.
	"""
	require("Specimen", "print")
	frappe.get_doc("Lab Order", order).check_permission("read")
	filters = {"order": order, "status": ("!=", "Rejected")}
	names = frappe.get_all("Specimen", filters=filters, pluck="name", order_by="creation, name")
	if not names:
		raise Refusal("NO_SPECIMENS", _("The order has no specimens"), status=404)
	frappe.local.response.filename = f"{order}.pdf"
	frappe.local.response.filecontent = render(names)
	frappe.local.response.type = "pdf"
