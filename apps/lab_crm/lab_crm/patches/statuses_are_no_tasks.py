"""States of the shipped workflows become optional: see `utils.workflow.ship`."""

import frappe

SHIPPED = ("Booking", "Visit", "Recall")


def execute() -> None:
	"""Mark the states and remove the actions that nobody works off; an administrator's own workflow stays."""
	action, role = map(frappe.qb.DocType, ("Workflow Action", "Workflow Action Permitted Role"))
	for doctype in SHIPPED:
		if not frappe.db.exists("Workflow", {"name": doctype, "document_type": doctype, "is_active": 1}):
			continue
		frappe.db.set_value("Workflow Document State", {"parent": doctype}, "is_optional_state", 1)
		actions = frappe.qb.from_(action).select(action.name).where(action.reference_doctype == doctype)
		frappe.qb.from_(role).delete().where(role.parent.isin(actions)).run()
		frappe.qb.from_(action).delete().where(action.reference_doctype == doctype).run()
