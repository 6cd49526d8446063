"""How messages leave: a class a provider, named in the hook `message_providers`, so any app can add one."""

import frappe

from lab_crm.messaging.providers.base import Provider

HOOK = "message_providers"


def get(name: str) -> Provider:
	"""Return the provider that a channel names.

	Raises:
		KeyError: no installed app has such a provider.
	"""
	paths = frappe.get_hooks(HOOK, {}).get(name)
	if not paths:
		raise KeyError(name)
	return frappe.get_attr(paths[-1])()
