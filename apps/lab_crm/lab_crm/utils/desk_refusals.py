"""A refusal is seen by the person at the desk.

The desk shows the messages of an answer, and `frappe.throw` alone makes them; a `Refusal` raised on the way
is put among them here, after the request.
"""

import json

import frappe
from frappe import _
from frappe.utils import escape_html
from werkzeug.wrappers import Request, Response

PUBLIC_API = "/api/method/lab_crm.api."


def show(response: Response | None, request: Request) -> None:
	"""Add the message of the refusal by which the request failed to its answer (`after_request`)."""
	refusal = getattr(frappe.local, "refusal", None)
	if response is None or refusal is None or response.status_code != refusal.http_status_code:
		return
	if request.path.startswith(PUBLIC_API) or response.mimetype != "application/json":
		return
	body = json.loads(response.get_data())
	if not isinstance(body, dict) or body.get("_server_messages"):
		return
	message = {"message": escape_html(refusal.message), "title": _("Not Possible"), "indicator": "red"}
	body["_server_messages"] = json.dumps([json.dumps(message)])
	response.set_data(json.dumps(body))
