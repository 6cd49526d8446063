"""The decorator of every public method: who may call it, what it takes, and how it answers when it cannot.

	@endpoint(guest=True, rate=(30, 60))
	def get_slots(branch: Code, services: Codes, date_from: date | None = None) -> Slots: ...

Success is Frappe's usual `{"message": …}`; a refusal is `{"error": {"code", "message", "field", …}}` with a
proper HTTP status and the whole transaction rolled back; a fault of ours is logged and answered with 500
and nothing of its inside.
"""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

import frappe
from frappe import _
from pydantic import BaseModel

from lab_crm.api import rate as rates
from lab_crm.api.arguments import model_of, parse
from lab_crm.api.errors import describe
from lab_crm.utils.errors import Refusal


@dataclass(frozen=True)
class Endpoint:
	"""One public method of the API."""

	path: str
	function: Callable
	arguments: type[BaseModel]
	guest: bool
	methods: tuple[str, ...]
	rate: tuple[int, int] | None
	roles: tuple[str, ...]


REGISTRY: dict[str, Endpoint] = {}


def endpoint(
	guest: bool = False,
	methods: tuple[str, ...] = ("GET",),
	rate: tuple[int, int] | None = None,
	roles: tuple[str, ...] = (),
) -> Callable[[Callable], Callable]:
	"""Make a typed function a method of the public API.

	Args:
		guest: callable without signing in.
		methods: HTTP methods; whatever changes something takes POST only.
		rate: calls and seconds allowed to one address.
		roles: roles of which the user needs one; empty: anybody who may call it at all.
	"""

	def decorate(function: Callable) -> Callable:
		path = f"{function.__module__}.{function.__name__}"
		spec = Endpoint(path, function, model_of(function), guest, tuple(methods), rate, tuple(roles))
		REGISTRY[path] = spec

		@wraps(function)
		def wrapper(**given):
			return _serve(spec, given)

		# Frappe checks arguments by the annotations it finds before it calls us; the errors must be ours.
		del wrapper.__wrapped__
		wrapper.__annotations__ = {}
		# xss_safe: the arguments are typed and checked; Frappe's rewriting of texts would corrupt names
		# such as "А&Б".
		return frappe.whitelist(allow_guest=True, xss_safe=True)(wrapper)

	return decorate


def load() -> dict[str, Endpoint]:
	"""Return all endpoints by path, importing every module of the package."""
	import lab_crm.api as package

	for module in pkgutil.iter_modules(package.__path__):
		if not module.ispkg:
			importlib.import_module(f"{package.__name__}.{module.name}")
	return REGISTRY


def check_caller(spec: Endpoint) -> None:
	"""Refuse a user who may not call this endpoint.

	Raises:
		Refusal: LOGIN_REQUIRED (401) for a guest, FORBIDDEN (403) without the role.
	"""
	if frappe.session.user == "Guest" and not spec.guest:
		raise Refusal("LOGIN_REQUIRED", _("Sign in first"), status=401)
	if spec.roles and not set(spec.roles) & set(frappe.get_roles()):
		raise Refusal("FORBIDDEN", _("You have no access to this"), status=403)


def _serve(spec: Endpoint, given: dict[str, Any]) -> Any:
	if frappe.session.user == "Guest":
		# The public speaks the site's language, whatever the browser would like.
		frappe.local.lang = frappe.get_system_settings("language") or frappe.local.lang
	try:
		_check_method(spec)
		check_caller(spec)
		if spec.rate and spec.guest:
			rates.check(spec.path, spec.rate)
		return spec.function(**parse(spec.arguments, given))
	except Exception as error:
		_answer(spec, error)


def _check_method(spec: Endpoint) -> None:
	if frappe.request.method not in spec.methods:
		message = _("This method takes {0} requests only").format(", ".join(spec.methods))
		raise Refusal("METHOD_NOT_ALLOWED", message, status=405)


def _answer(spec: Endpoint, error: Exception) -> None:
	"""Roll everything back and put the error, and nothing else, into the response."""
	frappe.db.rollback()
	status, body = describe(error)
	if status >= 500:
		frappe.log_error(title=f"{spec.path}: {type(error).__name__}", message=frappe.get_traceback())
		frappe.db.commit()
	frappe.clear_messages()
	frappe.local.response = frappe._dict({"error": body, "http_status_code": status})
