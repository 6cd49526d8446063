"""The workflows shipped before they had a drawing for the Workflow Builder get one."""

import frappe

from lab_crm.utils import workflow_builder

SHIPPED = ("Booking", "Visit", "Recall")


def execute() -> None:
	"""Draw what nobody has drawn; an administrator's own drawing stays."""
	for name in SHIPPED:
		if not frappe.db.exists("Workflow", name):
			continue
		doc = frappe.get_doc("Workflow", name)
		if not doc.workflow_data:
			workflow_builder.draw(doc)
			doc.save(ignore_permissions=True)  # safe: run by migrate only
