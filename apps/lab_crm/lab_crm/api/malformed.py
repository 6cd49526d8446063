"""A request whose body is no JSON object fails in the framework, before our code runs; its client still
gets an error in the API's form, and nothing of the inside.
"""

import json
from typing import Any

import frappe
from frappe import _
from werkzeug.wrappers import Request, Response

from lab_crm.utils.errors import Refusal

OURS = "/api/method/lab_crm.api."


def answer(response: Response | None, request: Request) -> None:
	"""Put our error into the framework's failed answer, where the body was at fault (`after_request`)."""
	if response is None or response.status_code < 400 or not request.path.startswith(OURS):
		return
	if request.is_json and not _is_object(request.get_data()):
		frappe.local.lang = frappe.get_system_settings("language") or frappe.local.lang
		refusal = Refusal("INVALID_JSON", _("The body of the request must be a JSON object"))
		response.status_code = refusal.http_status_code
		response.mimetype = "application/json"
		response.set_data(json.dumps({"error": refusal.as_dict()}, ensure_ascii=False))


def _is_object(body: bytes) -> bool:
	if not body:
		return True
	try:
		value: Any = json.loads(body)
	except (ValueError, RecursionError):
		return False
	return isinstance(value, dict)
