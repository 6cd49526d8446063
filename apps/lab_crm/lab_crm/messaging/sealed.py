"""Texts that may not be stored readable (one-time codes) wait for the worker encrypted, briefly, in Redis."""

import frappe
from frappe.utils.password import decrypt, encrypt

MASK = "••••••"
LIFETIME_SECONDS = 600


def keep(message: str, body: str) -> None:
	"""Keep the real text of a message until it is sent."""
	frappe.cache.set_value(_key(message), encrypt(body), expires_in_sec=LIFETIME_SECONDS)


def reveal(message: str) -> str | None:
	"""Return the kept text, None when there was none or its time is over."""
	kept = frappe.cache.get_value(_key(message), expires=True)
	return decrypt(kept) if kept else None


def forget(message: str) -> None:
	"""Drop the kept text."""
	frappe.cache.delete_value(_key(message))


def _key(message: str) -> str:
	return f"lab_crm:message_text:{message}"
