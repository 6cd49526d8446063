"""How the ERP refuses: one line for a translated message."""

import frappe


class Refused(frappe.ValidationError):
	"""A document that cannot be posted; nothing was written."""


def refuse(message: str) -> None:
	"""Stop with a translated message for the person at the screen."""
	raise Refused(message)


def refuse_if(condition: object, message: str) -> None:
	"""Stop with a translated message where a condition holds."""
	if condition:
		refuse(message)
