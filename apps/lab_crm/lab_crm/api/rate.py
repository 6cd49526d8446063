"""How often one address may call a guest method: a fixed window counted in Redis."""

import time

import frappe
from frappe import _

from lab_crm.utils.errors import Refusal

SETTING = "lab_crm_rate_limits"


def check(path: str, limit: tuple[int, int]) -> None:
	"""Count this call of `path` and refuse it when the address is over its limit.

	The site setting `lab_crm_rate_limits` switches all limits off (0) or changes some:
	`{"lab_crm.api.booking.create_booking": [20, 3600]}`.

	Args:
		path: dotted path of the method.
		limit: calls allowed, and the window in seconds.

	Raises:
		Refusal: TOO_MANY_REQUESTS, status 429, with `retry_after` in seconds.
	"""
	setting = frappe.conf.get(SETTING, True)
	if setting == 0:
		return
	calls, seconds = setting.get(path, limit) if isinstance(setting, dict) else limit
	window, spent = divmod(int(time.time()), seconds)
	key = frappe.cache.make_key(f"lab_crm:rate:{path}:{client_address()}:{window}")
	count = frappe.cache.incr(key)
	if count == 1:
		frappe.cache.expire(key, seconds)
	if count > calls:
		raise Refusal(
			"TOO_MANY_REQUESTS",
			_("Too many requests. Try again a little later"),
			status=429,
			data={"retry_after": seconds - spent},
		)


def client_address() -> str:
	"""Return the caller's address.

	A forwarded address is believed only when our own reverse proxy on this host added it, and then only the
	last one: the ones before it are the caller's own claims.
	"""
	request = frappe.local.request
	address = request.remote_addr or ""
	forwarded = request.headers.get("X-Forwarded-For", "")
	if forwarded and address in ("127.0.0.1", "::1", ""):
		return forwarded.rsplit(",", 1)[-1].strip()
	return address
