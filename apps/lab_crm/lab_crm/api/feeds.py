"""Feeds for search engines, maps and aggregators: public, read by machines a few times an hour."""

from collections.abc import Callable

import frappe
from frappe import _
from werkzeug.wrappers import Response

from lab_crm.api.arguments import Code
from lab_crm.api.catalogue import check_branch
from lab_crm.api.endpoint import endpoint
from lab_crm.booking import doctors_feed, doctors_yml
from lab_crm.utils import clock

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KEY, SECONDS = "lab_crm:doctors_feed", 300


@endpoint(guest=True, rate=(30, 600))
def doctors(branch: Code | None = None) -> Response:
	"""Return the doctors who can be booked online, of one branch or of all, as a Yandex YML feed; five
	minutes old at most.
	"""
	body = _kept("yml", branch, lambda feed: doctors_yml.xml(feed, clock.now()))
	return Response(body, content_type="application/xml; charset=utf-8")


@endpoint(guest=True, rate=(30, 600))
def doctors_workbook(branch: Code | None = None) -> Response:
	"""Return the same as an XLSX workbook, with the free times of a fortnight."""
	headers = {"Content-Disposition": 'attachment; filename="doctors.xlsx"'}
	return Response(_kept("xlsx", branch, doctors_yml.workbook), content_type=XLSX, headers=headers)


def _kept(form: str, branch: str | None, write: Callable[[doctors_feed.Feed], bytes]) -> bytes:
	"""It takes seconds to make in a big network, so it is made once for all who ask."""
	if branch:
		check_branch(branch)
	key = f"{KEY}:{form}:{branch or ''}"
	body = frappe.cache.get_value(key, expires=True)
	if body is None:
		name = frappe.db.get_single_value("Website Settings", "app_name")
		laboratory = name if name and name != "Frappe" else _("Laboratory")
		body = write(doctors_feed.collect(laboratory, [branch] if branch else None))
		frappe.cache.set_value(key, body, expires_in_sec=SECONDS)
	return body
