"""Forms are changed without code, but not who sees what: that is the system manager's."""

import frappe
from frappe import _

from lab_crm.utils.errors import Refusal

GUARDED = ("permlevel", "ignore_user_permissions")


def keep(setter, method: str | None = None) -> None:
	"""Refuse to change by Customize Form what hides medical fields, money or other branches (doc event).

	Args:
		setter: Property Setter.
		method: name of the event.

	Raises:
		Refusal: SYSTEM_MANAGER_ONLY (403).
	"""
	if setter.property in GUARDED and "System Manager" not in frappe.get_roles():
		message = _("Who may see a field is changed by a system manager")
		raise Refusal("SYSTEM_MANAGER_ONLY", message, setter.property, 403)
