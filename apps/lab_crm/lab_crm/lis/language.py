"""In which language the line writes its reasons: that of the staff, in jobs, which have none of their own."""

import frappe


def speak_to_staff() -> None:
	"""Have `_()` of this job translate into the site's language; a web request keeps its user's."""
	if not getattr(frappe.local, "request", None):
		frappe.local.lang = frappe.get_system_settings("language") or frappe.local.lang
