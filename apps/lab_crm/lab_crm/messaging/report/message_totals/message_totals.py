"""Messages a day, channel and purpose: how many went, arrived, failed or were held back, and their cost."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import frappe
from frappe import _
from frappe.query_builder import Case
from frappe.query_builder.functions import Count, Sum
from frappe.utils import getdate
from pypika import functions as fn

from lab_crm.utils import clock

STATUSES = ("Queued", "Sent", "Delivered", "Failed", "Suppressed")
DAYS = 30
MONEY_LEVEL = 2


def execute(filters: Mapping[str, Any] | None = None) -> tuple[list[dict], list[dict]]:
	"""Return the columns and rows of the report.

	Args:
		filters: `from_date`, `to_date` (inclusive; by default the last 30 days), `channel`, `purpose`.
	"""
	filters = frappe._dict(filters or {})
	rows = _query(filters).run(as_dict=True)
	for row in rows:
		handed = row.Sent + row.Delivered
		row.delivered_share = 100 * row.Delivered / handed if handed else None
	return _columns(), rows


def _query(filters: Mapping[str, Any]):
	message = frappe.qb.DocType("Message")
	day = fn.Date(message.creation)
	last = getdate(filters.to_date) if filters.to_date else clock.now().date()
	first = getdate(filters.from_date) if filters.from_date else last - timedelta(days=DAYS - 1)
	query = (
		frappe.qb.from_(message)
		.select(day.as_("day"), message.channel, message.purpose, Count(message.name).as_("total"))
		.where((message.creation >= first) & (message.creation < last + timedelta(days=1)))
		.groupby(day, message.channel, message.purpose)
		.orderby(day, order=frappe.qb.desc)
		.orderby(message.channel)
		.orderby(message.purpose)
	)
	for status in STATUSES:
		query = query.select(Sum(Case().when(message.status == status, 1).else_(0)).as_(status))
	query = query.select(Sum(message.segments).as_("segments"))
	if _sees_money():
		query = query.select(Sum(message.cost).as_("cost"))
	for field in ("channel", "purpose"):
		if filters.get(field):
			query = query.where(message[field] == filters[field])
	return query


def _sees_money() -> bool:
	return MONEY_LEVEL in frappe.get_meta("Message").get_permlevel_access("read")


def _columns() -> list[dict]:
	columns = [
		{"fieldname": "day", "label": _("Day"), "fieldtype": "Date", "width": 110},
		{
			"fieldname": "channel",
			"label": _("Channel"),
			"fieldtype": "Link",
			"options": "Message Channel",
			"width": 120,
		},
		{"fieldname": "purpose", "label": _("Purpose"), "fieldtype": "Data", "width": 190},
		{"fieldname": "total", "label": _("Total"), "fieldtype": "Int", "width": 90},
	]
	columns += [
		{"fieldname": status, "label": _(status), "fieldtype": "Int", "width": 110} for status in STATUSES
	]
	columns += [
		{
			"fieldname": "delivered_share",
			"label": _("Delivered of Sent"),
			"fieldtype": "Percent",
			"width": 140,
			"disable_total": 1,
		},
		{"fieldname": "segments", "label": _("SMS Segments"), "fieldtype": "Int", "width": 110},
	]
	if _sees_money():
		columns.append({"fieldname": "cost", "label": _("Cost"), "fieldtype": "Currency", "width": 110})
	return columns
