"""Times and money in the words of the page, for what the server draws (scripts: core/format.js)."""

from datetime import datetime, timedelta

import frappe
from babel.dates import format_date
from babel.numbers import format_currency
from frappe import _


def day_time(iso: str, now: datetime | None = None) -> str:
	"""Return "вторник, 24 ноября, 08:30", or "сегодня, …" and "завтра, …".

	Args:
		iso: local time of the branch with its offset.
		now: aware; the current moment by default.
	"""
	moment = datetime.fromisoformat(iso)
	today = (now or datetime.now(moment.tzinfo)).astimezone(moment.tzinfo).date()
	day = format_date(moment.date(), "d MMMM", locale=frappe.local.lang)
	if moment.date() == today:
		text = _("today, {day}").replace("{day}", day)
	elif moment.date() == today + timedelta(days=1):
		text = _("tomorrow, {day}").replace("{day}", day)
	else:
		text = format_date(moment.date(), "EEEE, d MMMM", locale=frappe.local.lang)
	return f"{text}, {moment:%H:%M}"


def full_time(iso: str) -> str:
	"""Return "24 ноября 2026 г., 08:30": for what is read years later.

	Args:
		iso: local time of the branch with its offset.
	"""
	moment = datetime.fromisoformat(iso)
	return f"{format_date(moment.date(), 'long', locale=frappe.local.lang)}, {moment:%H:%M}"


def money(amount: float, currency: str | None) -> str:
	"""Return "1 450 ₽": kopecks only when there are any."""
	pattern = "#,##0\u00a0¤" if amount == int(amount) else "#,##0.00\u00a0¤"
	return format_currency(
		amount, currency or "RUB", format=pattern, locale=frappe.local.lang, currency_digits=False
	)
