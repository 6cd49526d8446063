"""Acting as the users of the test site."""

from collections.abc import Iterator
from contextlib import contextmanager

import frappe


@contextmanager
def acting_as(role_or_user: str) -> Iterator[str]:
	"""Act as the demo user of a role (`Lab Nurse`), or as a user by name (`Guest`)."""
	user = role_or_user
	if user not in ("Guest", "Administrator") and "@" not in user:
		user = f"{user.lower().replace(' ', '.')}@lab-crm.invalid"
	before = frappe.session.user
	frappe.set_user(user)
	frappe.local.lang = "ru"
	try:
		yield user
	finally:
		frappe.set_user(before)
