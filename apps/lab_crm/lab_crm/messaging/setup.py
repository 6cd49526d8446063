"""Channels and starter texts of messages. An administrator's changes are never overwritten."""

import frappe

from lab_crm.messaging.starter_texts import CHANNELS, TEMPLATES


def install() -> None:
	"""Add missing channels, the policy and, for an event that has no text on a channel, the starter text."""
	for name, fields in CHANNELS.items():
		if not frappe.db.exists("Message Channel", name):
			_insert("Message Channel", {"channel_name": name, **fields})
	for template in TEMPLATES:
		if not frappe.db.exists(
			"Message Template", {"event": template["event"], "channel": template["channel"]}
		):
			_insert("Message Template", template)
	if not frappe.db.get_single_value("Messaging Policy", "clinic_name"):
		policy = frappe.get_doc("Messaging Policy")
		# Hours are given here because a Time field's default is always the current time.
		policy.update({"clinic_name": "Лаборатория", "quiet_from": "21:00:00", "quiet_to": "09:00:00"})
		policy.save(ignore_permissions=True)  # safe: run by install and migrate only


def _insert(doctype: str, fields: dict) -> None:
	doc = frappe.new_doc(doctype)
	doc.update(fields)
	doc.insert(ignore_permissions=True)  # safe: run by install and migrate only
