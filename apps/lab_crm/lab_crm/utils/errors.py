"""The one exception by which the product refuses an input."""

from typing import Any

import frappe


class Refusal(frappe.ValidationError):
	"""An input that cannot be taken; nothing was written.

	Args:
		code: machine code in capitals, stable for API clients (`SLOT_TAKEN`).
		message: translated sentence for the person at the screen.
		field: name of the field at fault, if one is.
		status: HTTP status the API answers with.
		data: JSON-able extras for the client (for example the nearest free slots).
	"""

	def __init__(
		self,
		code: str,
		message: str,
		field: str | None = None,
		status: int = 400,
		data: dict[str, Any] | None = None,
	):
		super().__init__(message)
		self.code = code
		self.message = message
		self.field = field
		self.http_status_code = status
		self.data = data or {}
		# If the request fails by it, the desk shows it (`desk_refusals`).
		frappe.local.refusal = self

	def __str__(self) -> str:
		return self.message

	def as_dict(self) -> dict[str, Any]:
		"""Return the body of the API's `error` key."""
		return {"code": self.code, "message": self.message, "field": self.field, **self.data}
