"""The results document as a PDF: the site's print format of Lab Result, laid out by WeasyPrint.

wkhtmltopdf, Frappe's own way, has in Debian neither running headers nor page numbers; WeasyPrint takes both
from the style sheet.
"""

from urllib.parse import quote

import frappe
from frappe import _
from frappe.query_builder.functions import Max
from frappe.www.printview import get_print_format

from lab_crm.laboratory import pdf
from lab_crm.utils import clock

DEFAULT_FORMAT = "Lab Result"
CACHE_SECONDS = 24 * 3600


def render(result: str) -> bytes:
	"""Return the PDF of a Lab Result; the caller has checked the right to it.

	Rendered once a version: any change of the result, of the patient and their other results (earlier values
	stand beside the new ones), of the branch, the template or the settings makes a new one.

	Args:
		result: name of the Lab Result.

	Raises:
		frappe.DoesNotExistError: there is no such result.
	"""
	doc = frappe.get_doc("Lab Result", result)
	print_format = frappe.get_cached_doc("Print Format", doc.meta.default_print_format or DEFAULT_FORMAT)
	key = _cache_key(doc, print_format)
	cached = frappe.cache.get_value(key, expires=True)
	if cached:
		return cached
	made = pdf.render_html(_page(doc, print_format))
	frappe.cache.set_value(key, made, expires_in_sec=CACHE_SECONDS)
	return made


def file_name(result: str) -> str:
	"""Return the name under which the file is saved: «Результат RES-7K3QF2MA от 21.11.2026.pdf».

	No name of a person and no medical word: it is seen in lists of downloads.
	"""
	reported_at, branch = frappe.db.get_value("Lab Result", result, ["reported_at", "branch"])
	zone = frappe.get_cached_value("Lab Branch", branch, "timezone")
	day = clock.to_zone(reported_at, zone).strftime("%d.%m.%Y")
	return _("Result {0} of {1}").format(result, day) + ".pdf"


def disposition(result: str) -> str:
	"""Return the header Content-Disposition: the whole name (RFC 6266), and a Latin one for old programs."""
	return f"attachment; filename=\"{result}.pdf\"; filename*=UTF-8''{quote(file_name(result))}"


def _page(doc, print_format) -> str:
	template = get_print_format("Lab Result", print_format)
	body = frappe.render_template(template, {"doc": doc})
	branch = frappe.get_cached_doc("Lab Branch", doc.branch)
	foot = _("Result {0}").format(doc.name) + f" · {branch.legal_name or branch.branch_name}"
	return pdf.page(body, _("Result {0}").format(doc.name), foot)


def _latest_change(patient: str):
	result = frappe.qb.DocType("Lab Result")
	return frappe.qb.from_(result).select(Max(result.modified)).where(result.patient == patient).run()[0][0]


def _cache_key(doc, print_format) -> str:
	versions = (
		doc.modified,
		_latest_change(doc.patient),
		frappe.db.get_value("Patient", doc.patient, "modified"),
		frappe.get_cached_value("Lab Branch", doc.branch, "modified"),
		frappe.get_cached_doc("Laboratory Settings").modified,
		print_format.modified,
		frappe.local.lang,
	)
	return f"lab_result_pdf:{doc.name}:" + ":".join(str(version) for version in versions)
