"""What the framework asks about the states of a workflow, from its cache.

On every save of a document with a workflow it asks, for each transition that could follow, whether the next
state is optional; `get_cached_value` keeps nothing that is named by filters, each was a statement.
"""

import frappe
from frappe.utils import cint
from frappe.workflow.doctype.workflow_action import workflow_action


def read_from_cache() -> None:
	"""Have the framework ask the cached Workflow, which is forgotten whenever it is saved."""
	workflow_action.get_state_optional_field_value = is_optional


def is_optional(workflow: str, state: str) -> int:
	"""Return 1 if nobody is given a task by a step that leads to `state`, else 0."""
	rows = frappe.get_cached_doc("Workflow", workflow).states
	return next((cint(row.is_optional_state) for row in rows if row.state == state), 0)
