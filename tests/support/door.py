"""Knocking at the gate (`lab_crm.api.gate`) without a web server: one request of one user."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import frappe
from werkzeug.exceptions import HTTPException
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Request, Response

from lab_crm.api import gate

THROUGH = "through"


@contextmanager
def requested(path: str, method: str = "GET", query: str = "", **form: Any) -> Iterator[None]:
	"""Act inside a request for a decoded `path`; `form` is what the framework read from query and body."""
	environ = EnvironBuilder(path="/", method=method, base_url="http://lab.test").get_environ()
	# Set as it is: the builder would tidy the path up, and untidy paths are the point.
	environ.update({"PATH_INFO": path.encode().decode("latin-1"), "QUERY_STRING": query})
	before = frappe.local.form_dict
	frappe.local.request, frappe.local.form_dict = Request(environ), frappe._dict(form)
	try:
		yield
	finally:
		del frappe.local.request
		frappe.local.form_dict = before


def answer(path: str, method: str = "GET", query: str = "", **form: Any) -> Response | None:
	"""Return what the gate answers the current user; None when it lets the request through."""
	with requested(path, method, query, **form):
		try:
			gate.check()
		except HTTPException as stopped:
			return stopped.response
	return None


def knock(path: str, method: str = "GET", **given: Any) -> str | int:
	"""Return THROUGH, or the HTTP status with which the gate refuses."""
	refused = answer(path, method, **given)
	return refused.status_code if refused else THROUGH
