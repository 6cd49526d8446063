"""Statuses: people move them through Frappe Workflows, the system through `system_move`."""

from collections.abc import Iterable, Mapping

import frappe
from frappe.model.document import Document

from lab_crm.utils import workflow_builder, workflow_states

workflow_states.read_from_cache()

# (from, action, to, roles, condition); the condition may be None.
Transition = tuple[str, str, str, Iterable[str], str | None]


def ship(doctype: str, states: Mapping[str, str], transitions: Iterable[Transition]) -> None:
	"""Make the Workflow of a DocType's `status` where there is none; an administrator's stays as it is.

	A document that may be moved on is nobody's open task (thousands a day), so states are "optional" in the
	framework's sense: it keeps no Workflow Action for them, which would cost half of making the document.

	Args:
		doctype: what it is the workflow of; the workflow is named alike.
		states: style of each status, that of a new document first.
		transitions: who may do what.
	"""
	if frappe.db.exists("Workflow", {"document_type": doctype}):
		return
	transitions = list(transitions)
	for state, style in states.items():
		_ensure("Workflow State", state, workflow_state_name=state, style=style)
	for _from, action, *_rest in transitions:
		_ensure("Workflow Action Master", action, workflow_action_name=action)
	doc = frappe.new_doc("Workflow")
	doc.update(
		{"workflow_name": doctype, "document_type": doctype, "workflow_state_field": "status", "is_active": 1}
	)
	for state in states:
		# Who may edit is a matter of the DocType's permissions.
		doc.append("states", {"state": state, "doc_status": "0", "allow_edit": "All", "is_optional_state": 1})
	for state, action, target, roles, condition in transitions:
		row = {"state": state, "action": action, "next_state": target, "condition": condition}
		for role in roles:
			doc.append("transitions", {**row, "allowed": role})
	workflow_builder.draw(doc)
	doc.insert(ignore_permissions=True)  # safe: run by install and migrate only


def _ensure(doctype: str, name: str, **fields) -> None:
	"""Make a document of a set-up unless it is there."""
	if not frappe.db.exists(doctype, name):
		doc = frappe.new_doc(doctype)
		doc.update(fields)
		doc.insert(ignore_permissions=True)  # safe: as above


class SystemMoves:
	"""Mixin for documents whose status a Workflow guards.

	The patient's own steps (book, move, cancel by link), HL7 answers and the scheduler are no moves of staff:
	they have no role in the Workflow, so they pass it by and are checked by the code that makes them.
	"""

	def validate_workflow(self):
		if not self.flags.system_move:
			super().validate_workflow()


def system_move(doc: Document, status: str, **fields) -> None:
	"""Set `doc.status` (and `fields`) and save, as the system rather than as the current user.

	The caller has decided that the step is right: a signed token, an acknowledged message, a due time.
	"""
	doc.status = status
	doc.update(fields)
	doc.flags.system_move = True
	# Safe: callers hold the proof (token, HL7 match, scheduler); the user at hand may be Guest.
	doc.save(ignore_permissions=True)
