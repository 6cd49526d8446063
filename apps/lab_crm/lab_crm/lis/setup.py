"""What the LIS line needs on a site: notifications about a LIS that is silent, or speaks again.

Made when missing, never changed afterwards: an administrator edits them without code.
"""

import frappe

ROLES = ("Lab Administrator", "Lab Integration")
SILENT, SPEAKS = "LIS is silent", "LIS speaks again"


def install() -> None:
	"""Make what is missing; called at installation and after each migration."""
	_make(
		SILENT,
		"doc.silent_since",
		"{{ _('No messages from {0}: check the connection').format(doc.title) }}",
		"{{ _('Nothing has come since {0}').format(frappe.utils.format_datetime(doc.silent_since)) }}",
	)
	_make(
		SPEAKS,
		"not doc.silent_since",
		"{{ _('Messages from {0} come again').format(doc.title) }}",
		"{{ _('Nothing needs to be done') }}",
	)


def _make(name: str, condition: str, subject: str, message: str) -> None:
	if frappe.db.exists("Notification", name):
		return
	doc = frappe.new_doc("Notification")
	doc.name = name
	doc.update(
		{
			"subject": subject,
			"document_type": "LIS Connection",
			"event": "Value Change",
			"value_changed": "silent_since",
			"condition": condition,
			"channel": "System Notification",
			"message": message,
			"enabled": 1,
		}
	)
	for role in ROLES:
		doc.append("recipients", {"receiver_by_role": role})
	doc.insert(ignore_permissions=True)  # safe: run by install and migrate only
