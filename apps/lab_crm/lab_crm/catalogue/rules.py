"""What the documents of the catalogue refuse: one place, called by the thin controllers."""

from typing import Any

import frappe
from frappe import _

from lab_crm.catalogue import codes, references
from lab_crm.utils.errors import Refusal

PANEL = "Panel"


def check_service(doc: Any) -> None:
	"""Refuse a Lab Service that cannot be booked, ordered or recognised.

	Raises:
		Refusal: BAD_DURATION, BAD_LOINC, BAD_FSLI, NOT_A_PANEL, EMPTY_PANEL, PANEL_IN_PANEL, TWICE.
	"""
	check_code(doc)
	check_codes(doc)
	if int(doc.duration_minutes or 0) < 1:
		raise Refusal("BAD_DURATION", _("The duration must be at least one minute"), "duration_minutes")
	refuse_twice(doc.analytes, "analyte", _("Analytes"))
	refuse_twice(doc.panel_items, "service", _("Panel Items"))
	if doc.kind != PANEL:
		if doc.panel_items:
			raise Refusal("NOT_A_PANEL", _("Only a panel consists of services"), "panel_items")
		return
	if not doc.panel_items:
		raise Refusal("EMPTY_PANEL", _("A panel needs at least one service"), "panel_items")
	items = [row.service for row in doc.panel_items]
	nested = frappe.get_all("Lab Service", {"name": ("in", items), "kind": PANEL}, pluck="name")
	if nested or doc.code in items:
		raise Refusal("PANEL_IN_PANEL", _("A panel cannot contain a panel"), "panel_items")


def check_analyte(doc: Any) -> None:
	"""Refuse an Analyte with codes or reference ranges that cannot be right.

	Raises:
		Refusal: BAD_LOINC, BAD_FSLI, or the code of the first contradiction (`references.problems`).
	"""
	check_code(doc)
	check_codes(doc)
	for number, problem in references.problems(doc.reference_ranges):
		message = _("Row {0} of the reference ranges: {1}").format(number, range_problem(problem))
		raise Refusal(problem, message, "reference_ranges")


def range_problem(code: str) -> str:
	"""Return the words for a problem of `references.problems`."""
	words = {
		"NOT_A_NUMBER": _("a limit is not a number"),
		"LOW_ABOVE_HIGH": _("the low limit is above the high one"),
		"CRITICAL_INSIDE": _("a critical limit lies inside the range"),
		"BAD_AGE": _("the ages are not in order"),
		"OVERLAP": _("overlaps another row of the same sex and age"),
	}
	return words[code]


def check_price(doc: Any) -> None:
	"""Refuse a Service Price that cannot be in force.

	Raises:
		Refusal: BAD_PRICE, BAD_DATES.
	"""
	if doc.price is None or float(doc.price) < 0:
		raise Refusal("BAD_PRICE", _("The price cannot be negative"), "price")
	if doc.valid_to and frappe.utils.getdate(doc.valid_to) < frappe.utils.getdate(doc.valid_from):
		raise Refusal("BAD_DATES", _("The price ends before it begins"), "valid_to")


def check_upsell(doc: Any) -> None:
	"""Refuse an Upsell Rule that offers no panel or contradicts itself.

	Raises:
		Refusal: NOT_A_PANEL, TWICE, BAD_DATES.
	"""
	check_code(doc)
	refuse_twice(doc.triggers, "service", _("Chosen Services"))
	if frappe.db.get_value("Lab Service", doc.offer, "kind") != PANEL:
		raise Refusal("NOT_A_PANEL", _("Only a panel can be offered"), "offer")
	if (
		doc.valid_from
		and doc.valid_to
		and frappe.utils.getdate(doc.valid_to) < frappe.utils.getdate(doc.valid_from)
	):
		raise Refusal("BAD_DATES", _("The rule ends before it begins"), "valid_to")


def check_code(doc: Any) -> None:
	"""Refuse a code that would break a list of codes or a label."""
	doc.code = (doc.code or "").strip()
	if any(mark in doc.code for mark in ";,\n\t"):
		raise Refusal("BAD_CODE", _("A code cannot hold commas, semicolons and tabs"), "code")


def check_codes(doc: Any) -> None:
	"""Refuse classification codes of a wrong shape."""
	for field in ("loinc", "fsli_code"):
		doc.set(field, (doc.get(field) or "").strip())
	if doc.loinc and not codes.is_loinc(doc.loinc):
		raise Refusal(
			"BAD_LOINC", _("{0} is not a LOINC code: the check digit differs").format(doc.loinc), "loinc"
		)
	if doc.fsli_code and not codes.is_fsli(doc.fsli_code):
		raise Refusal("BAD_FSLI", _("{0} is not an FSLI code").format(doc.fsli_code), "fsli_code")


def refuse_twice(rows: Any, field: str, table: str) -> None:
	"""Refuse a child table that names the same document twice."""
	seen: set[str] = set()
	for row in rows or []:
		value = row.get(field)
		if value in seen:
			raise Refusal("TWICE", _("{0}: {1} is listed twice").format(table, value), field)
		seen.add(value)
