"""Receipts for the tax service (54-FZ): a class a registrar, named in the hook `fiscal_registrars`."""

import frappe
from frappe import _

from lab_crm.erp.fiscal.base import Registrar
from lab_crm.utils.errors import Refusal

HOOK = "fiscal_registrars"


def names() -> list[str]:
	"""Return the registrars that the installed apps bring."""
	return sorted(frappe.get_hooks(HOOK, {}))


def get(name: str) -> Registrar:
	"""Return a registrar by its name.

	Raises:
		Refusal: REGISTRAR_UNKNOWN (404).
	"""
	paths = frappe.get_hooks(HOOK, {}).get(name)
	if not paths:
		message = _("There is no way to register receipts called {0}").format(name[:40])
		raise Refusal("REGISTRAR_UNKNOWN", message, field="fiscal_registrar", status=404)
	return frappe.get_attr(paths[-1])()


def chosen() -> str | None:
	"""Return the registrar of ERP Settings; None when receipts are printed by other means."""
	return frappe.db.get_single_value("ERP Settings", "fiscal_registrar") or None
