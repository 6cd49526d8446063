"""Statuses: people move them through Frappe Workflows, the system through `system_move`."""

from frappe.model.document import Document


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
