"""Rows of a document that are written with it alone."""

from frappe import _

from lab_crm.utils.errors import Refusal


class WrittenWithParent:
	"""Mixin for rows whose document decides about them.

	REST takes a row by its own name and asks for the right to its document, but not the document itself.
	The framework runs a row's `validate` only then; saved with its document, a row is written without it.
	"""

	def validate(self):
		raise Refusal("WRITTEN_WITH_PARENT", _("This row is changed with its document only"), status=409)
