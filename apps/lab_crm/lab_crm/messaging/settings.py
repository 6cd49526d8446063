"""The house's messaging rules as the pure decision takes them."""

from datetime import time, timedelta

import frappe

from lab_crm.messaging.decide import Policy


def policy() -> Policy:
	"""Return the current `Messaging Policy`."""
	stored = frappe.get_cached_doc("Messaging Policy")
	return Policy(
		quiet_from=_time(stored.quiet_from, Policy.quiet_from),
		quiet_to=_time(stored.quiet_to, Policy.quiet_to),
		marketing_cap=stored.marketing_cap or 0,
		marketing_cap_days=stored.marketing_cap_days or 1,
		service_cap=stored.service_cap or 0,
		service_cap_days=stored.service_cap_days or 1,
	)


def signature() -> dict[str, str]:
	"""Return the variables that every message may use: the laboratory's name and phone."""
	stored = frappe.get_cached_doc("Messaging Policy")
	return {"clinic": stored.clinic_name or "", "clinic_phone": stored.clinic_phone or ""}


def first_channel(kind: str) -> str | None:
	"""Return the first channel of a kind (SMS, Email) that is switched on, for messages to a bare address."""
	found = frappe.get_all(
		"Message Channel", {"kind": kind, "is_enabled": 1}, pluck="name", order_by="creation"
	)
	return found[0] if found else None


def _time(stored: timedelta | str | None, default: time) -> time:
	if stored in (None, ""):
		return default
	seconds = int(frappe.utils.to_timedelta(stored).total_seconds()) % 86_400
	return time(seconds // 3600, seconds // 60 % 60, seconds % 60)
