"""What the results document says, as plain data for its template (`templates/print/lab_result.html`).

Times are those of the branch's zone; names, numbers and dates are written the Russian way.
"""

from datetime import date, datetime
from typing import Any

import frappe
from frappe import _

from lab_crm.catalogue import references
from lab_crm.laboratory import marks, trends
from lab_crm.laboratory import observations as obs
from lab_crm.patients import phones
from lab_crm.utils import clock, qr, tokens

VERIFY = "verify"
DATE, TIME = "%d.%m.%Y", "%d.%m.%Y %H:%M"
NBSP = "\u00a0"


def lab_result_report(doc) -> dict[str, Any]:
	"""Return everything the document of a Lab Result shows; called by its print format.

	Args:
		doc: Lab Result document.
	"""
	branch = frappe.get_cached_doc("Lab Branch", doc.branch)
	settings = frappe.get_cached_doc("Laboratory Settings")
	order = frappe.get_doc("Lab Order", doc.order)
	patient = frappe.db.get_value("Patient", doc.patient, ["full_name", "birth_date", "sex"], as_dict=True)
	link = verify_link(doc.name, settings)
	shown = {row.flag for row in doc.items if row.flag}
	return {
		"number": doc.name,
		"title": _title(doc),
		"notes": _notes(doc, branch),
		"withdrawn": bool(doc.superseded_by) or doc.status == obs.CANCELLED,
		"branch": branch,
		"branch_phone": phones.show(branch.phone) if branch.phone else "",
		"patient": _patient(doc, patient),
		"order": order.placer_number,
		"ordered_at": _moment(order.ordered_at, branch),
		"reported_at": _moment(doc.reported_at, branch),
		"specimens": _specimens(order, branch),
		"groups": _groups(doc, order, branch, settings),
		"legend": [(marks.sign(flag), _(marks.meaning(flag))) for flag in marks.SIGNS if flag in shown],
		"comment": (doc.doctor_comment or "").strip(),
		"signed_by": doc.signed_by,
		"footer": settings.result_footer or "",
		"verify_link": link,
		"qr": qr.svg(link, "qr-code"),
	}


def verify_link(result: str, settings=None) -> str:
	"""Return the address at which anybody can check that a document is genuine."""
	settings = settings or frappe.get_cached_doc("Laboratory Settings")
	return frappe.utils.get_url(f"/v/{tokens.issue(VERIFY, result, settings.verify_days or 1825)}")


def initials(full_name: str) -> str:
	"""Return "Т. А. С." for "Тестова Анна Сергеевна": enough to compare, too little to learn a name."""
	return NBSP.join(f"{part[0]}." for part in full_name.split())


def short_name(full_name: str) -> str:
	"""Return "Тестова А. С." for "Тестова Анна Сергеевна"."""
	last, *rest = full_name.split() or [""]
	return NBSP.join([last, *(f"{part[0]}." for part in rest)])


def _title(doc) -> str:
	return {
		obs.PRELIMINARY: _("Preliminary result of laboratory tests"),
		obs.CORRECTED: _("Corrected result of laboratory tests"),
		obs.CANCELLED: _("Cancelled result of laboratory tests"),
	}.get(doc.status, _("Result of laboratory tests"))


def _notes(doc, branch) -> list[str]:
	"""Return what must be known before the values are read."""
	notes = []
	if doc.superseded_by:
		notes.append(_("This result was superseded by {0}. Do not use it.").format(doc.superseded_by))
	if doc.status == obs.PRELIMINARY:
		notes.append(_("Some tests are still under way. The final result may differ."))
	if doc.status == obs.CORRECTED and doc.supersedes:
		reported_at = frappe.db.get_value("Lab Result", doc.supersedes, "reported_at")
		text = _("Supersedes result {0} of {1}.")
		notes.append(text.format(doc.supersedes, _moment(reported_at, branch)))
	return notes


def _patient(doc, patient) -> dict[str, str]:
	return {
		"number": doc.patient,
		"name": patient.full_name,
		"short_name": short_name(patient.full_name),
		"birth_date": patient.birth_date.strftime(DATE) if patient.birth_date else "",
		"age": age(patient.birth_date, doc.reported_at.date()),
		"sex": _(patient.sex) if patient.sex in ("Male", "Female") else "",
	}


def age(birth: date | None, on: date) -> str:
	"""Return the age as a laboratory writes it: days to a month, months to two years, then years."""
	days = references.age_in_days(birth, on)
	if days is None:
		return ""
	months = (on.year - birth.year) * 12 + on.month - birth.month - (on.day < birth.day)
	if months < 1:
		return plural(days, _("{0} day|{0} days|{0} days (many)"))
	if months < 24:
		return plural(months, _("{0} month|{0} months|{0} months (many)"))
	return plural(months // 12, _("{0} year|{0} years|{0} years (many)"))


def plural(count: int, forms: str) -> str:
	"""Choose among Russian plural forms "год|года|лет" (the number goes to `{0}`)."""
	one, few, many = forms.split("|")
	if count % 10 == 1 and count % 100 != 11:
		form = one
	elif count % 10 in (2, 3, 4) and count % 100 not in (12, 13, 14):
		form = few
	else:
		form = many
	return form.format(count)


def _specimens(order, branch) -> list[dict[str, str]]:
	rows = frappe.get_all(
		"Specimen",
		filters={"order": order.name, "status": ("!=", "Rejected")},
		fields=["name", "sample_type", "collected_at"],
		order_by="creation, name",
	)
	return [
		{
			"barcode": row.name,
			"material": frappe.get_cached_value("Sample Type", row.sample_type, "material_name") or "",
			"collected_at": _moment(row.collected_at, branch) if row.collected_at else "",
		}
		for row in rows
	]


def _groups(doc, order, branch, settings) -> list[dict[str, Any]]:
	"""Return the values under the names of their examinations, in the order of the order."""
	depth = settings.trend_depth or 0
	before = min((row.observed_at for row in doc.items if row.observed_at), default=doc.reported_at)
	analytes = {row.analyte for row in doc.items if row.analyte}
	earlier = trends.previous(doc.patient, analytes, before, doc.order, depth) if depth else {}
	reported = _reported_before(doc)
	titles = {row.service: row.service_name for row in order.items}
	groups: dict[str, list] = {service: [] for service in [*titles, None]}
	for row in doc.items:
		groups[row.service if row.service in titles else None].append(_row(row, earlier, reported, branch))
	return [
		{"title": _group_title(titles, service, rows), "rows": rows}
		for service, rows in groups.items()
		if rows
	]


def _group_title(titles: dict[str, str], service: str | None, rows: list[dict]) -> str:
	"""An examination of one value of the same name needs no heading."""
	title = titles.get(service) or _("Other values")
	return "" if len(rows) == 1 and rows[0]["name"] == title else title


def _reported_before(doc) -> dict[str, str]:
	"""Return analyte → value in the result that this one corrects."""
	if doc.status != obs.CORRECTED or not doc.supersedes:
		return {}
	filters = {"parent": doc.supersedes, "parenttype": "Lab Result"}
	rows = frappe.get_all("Lab Result Item", filters=filters, fields=["analyte", "value"])
	return {row.analyte: row.value for row in rows if row.analyte}


def _row(row, earlier: dict[str, list], reported: dict[str, str], branch) -> dict[str, Any]:
	wrong = reported.get(row.analyte)
	return {
		"name": row.analyte_name,
		"value": _("not performed") if row.status == obs.CANCELLED else marks.number(row.value),
		"long": marks.is_long(row.value),
		"unit": marks.unit(row.unit),
		"reference": marks.interval(row.reference_text),
		"flag": row.flag or "",
		"sign": marks.sign(row.flag),
		"meaning": _(marks.meaning(row.flag)) if row.flag else "",
		"critical": row.flag in marks.CRITICAL,
		"preliminary": row.status == obs.PRELIMINARY,
		"corrected_from": marks.number(wrong) if wrong is not None and wrong != row.value else "",
		"note": (row.note or "").strip(),
		"laboratory": row.laboratory or "",
		"scale": marks.scale(row.value, row.reference_text),
		"previous": [_previous(old, row, branch) for old in earlier.get(row.analyte, ())],
	}


def _previous(old, row, branch) -> dict[str, str]:
	unit = "" if obs.same_unit(old.unit, row.unit) else f"{NBSP}{marks.unit(old.unit)}"
	day = clock.to_zone(old.observed_at, branch.timezone).strftime("%d.%m.%y")
	return {"value": f"{marks.number(old.value)}{unit}", "sign": marks.sign(old.flag), "day": day}


def _moment(moment: datetime | None, branch) -> str:
	return clock.to_zone(moment, branch.timezone).strftime(TIME) if moment else ""
