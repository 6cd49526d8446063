"""How messages leave: a class a provider, named in the hook `message_providers`, so any app can add one."""

import frappe

from lab_crm.messaging.providers.base import Account, Provider

HOOK = "message_providers"


def kind(name: str) -> type[Provider]:
	"""Return the class of a provider.

	Raises:
		KeyError: no installed app has such a provider.
	"""
	paths = frappe.get_hooks(HOOK, {}).get(name)
	if not paths:
		raise KeyError(name)
	return frappe.get_attr(paths[-1])


def of_channel(channel: str) -> Provider:
	"""Return the provider of a Message Channel, with the laboratory's account."""
	stored = frappe.get_cached_doc("Message Channel", channel)
	account = Account(
		channel=channel,
		base_url=(stored.base_url or "").rstrip("/"),
		login=stored.login or "",
		secret=secret(channel, "secret"),
		sender=stored.sender or "",
		timeout=stored.timeout_seconds or Account.timeout,
	)
	return kind(stored.provider)(account)


def address(channel: str) -> str:
	"""Return the address given for the provider of a Message Channel, empty for its usual one."""
	return frappe.get_cached_value("Message Channel", channel, "base_url") or ""


def secret(channel: str, field: str) -> str:
	"""Return a secret of a Message Channel, empty when none is given."""
	return frappe.get_cached_doc("Message Channel", channel).get_password(field, raise_exception=False) or ""
