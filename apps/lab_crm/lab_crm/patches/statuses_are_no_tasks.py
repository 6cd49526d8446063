"""States of the shipped workflows become optional: see `utils.workflow.ship`."""

import frappe

SHIPPED = ("Booking", "Visit", "Recall")


def execute() -> None:
	"""Mark the states and remove the actions that nobody works off."""
	for doctype in SHIPPED:
		for name in frappe.get_all("Workflow", {"document_type": doctype}, pluck="name"):
			frappe.db.set_value("Workflow Document State", {"parent": name}, "is_optional_state", 1)
		actions = frappe.get_all("Workflow Action", {"reference_doctype": doctype}, pluck="name")
		frappe.db.delete("Workflow Action Permitted Role", {"parent": ("in", actions)})
		frappe.db.delete("Workflow Action", {"name": ("in", actions)})
