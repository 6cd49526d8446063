"""Feeds for search engines, maps and aggregators: public, read by machines a few times an hour."""

import frappe
from frappe import _
from werkzeug.wrappers import Response

from lab_crm.api.endpoint import endpoint
from lab_crm.booking import doctors_feed, doctors_yml
from lab_crm.utils import clock

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KEY, SECONDS = "lab_crm:doctors_feed", 120


@endpoint(guest=True, rate=(30, 600))
def doctors() -> Response:
	"""Return the doctors who can be booked online as a Yandex YML feed; two minutes old at most."""
	body = _kept("yml", lambda: doctors_yml.xml(_collect(), clock.now()))
	return Response(body, content_type="application/xml; charset=utf-8")


@endpoint(guest=True, rate=(30, 600))
def doctors_workbook() -> Response:
	"""Return the same as an XLSX workbook, with the free times of a fortnight."""
	body = _kept("xlsx", lambda: doctors_yml.workbook(_collect()))
	headers = {"Content-Disposition": 'attachment; filename="doctors.xlsx"'}
	return Response(body, content_type=XLSX, headers=headers)


def _collect() -> doctors_feed.Feed:
	name = frappe.db.get_single_value("Website Settings", "app_name")
	return doctors_feed.collect(name or _("Laboratory"))


def _kept(form: str, make) -> bytes:
	"""It takes seconds to make in a big network, so it is made once for all who ask."""
	key = f"{KEY}:{form}"
	body = frappe.cache.get_value(key, expires=True)
	if body is None:
		body = make()
		frappe.cache.set_value(key, body, expires_in_sec=SECONDS)
	return body
