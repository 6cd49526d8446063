"""Through whom patients pay: a class a provider, named in the hook `payment_providers`.

Any app can add one.
"""

import frappe
from frappe import _

from lab_crm.erp.providers.base import Provider
from lab_crm.utils.errors import Refusal

HOOK = "payment_providers"


def names() -> list[str]:
	"""Return the providers that the installed apps bring."""
	return sorted(frappe.get_hooks(HOOK, {}))


def get(name: str) -> Provider:
	"""Return a provider by its name.

	Raises:
		Refusal: PROVIDER_UNKNOWN (404).
	"""
	paths = frappe.get_hooks(HOOK, {}).get(name)
	if not paths:
		message = _("There is no payment provider {0}").format(name[:40])
		raise Refusal("PROVIDER_UNKNOWN", message, field="provider", status=404)
	return frappe.get_attr(paths[-1])()


def chosen() -> str | None:
	"""Return the provider of ERP Settings; None when patients cannot pay online."""
	return frappe.db.get_single_value("ERP Settings", "payment_provider") or None
