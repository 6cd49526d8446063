"""What an API client sees when its call is refused or fails: an HTTP status and the body of the `error`
key.
"""

from typing import Any

import frappe
import pymysql
from frappe import _
from frappe.utils import strip_html
from pydantic import ValidationError

from lab_crm.utils.errors import Refusal

INVALID_ARGUMENT = "INVALID_ARGUMENT"


def describe(error: Exception) -> tuple[int, dict[str, Any]]:
	"""Return the HTTP status and the `error` object for an exception; 500 and INTERNAL for whatever is not
	the caller's fault.
	"""
	if isinstance(error, Refusal):
		return error.http_status_code, error.as_dict()
	if isinstance(error, ValidationError):
		return 400, _describe_arguments(error)
	for types, status, code, message in _known():
		if isinstance(error, types):
			return status, {"code": code, "message": message or _plain(error), "field": None}
	return 500, {
		"code": "INTERNAL",
		"message": _("Something broke on our side. We already know"),
		"field": None,
	}


def _known():
	"""Framework exceptions, the specific before the general; without a message, the exception's own is
	shown.
	"""
	return (
		(frappe.AuthenticationError, 401, "LOGIN_REQUIRED", _("Sign in first")),
		(frappe.PermissionError, 403, "FORBIDDEN", _("You have no access to this")),
		(frappe.DoesNotExistError, 404, "NOT_FOUND", _("Not found")),
		(
			frappe.TooManyRequestsError,
			429,
			"TOO_MANY_REQUESTS",
			_("Too many requests. Try again a little later"),
		),
		(
			frappe.TimestampMismatchError,
			409,
			"CHANGED_MEANWHILE",
			_("Somebody has changed this meanwhile. Try again"),
		),
		(
			(
				frappe.QueryDeadlockError,
				frappe.QueryTimeoutError,
				pymysql.OperationalError,
				frappe.InReadOnlyMode,
			),
			503,
			"BUSY",
			_("The service is busy. Try again in a few seconds"),
		),
		(frappe.LinkValidationError, 400, "UNKNOWN_REFERENCE", None),
		(frappe.ValidationError, 400, "INVALID", None),
	)


def _plain(error: Exception) -> str:
	"""Return the framework's message without its HTML."""
	return strip_html(str(error)).strip() or _("The value cannot be accepted")


def _describe_arguments(error: ValidationError) -> dict[str, Any]:
	faults = [
		_fault(details)
		for details in error.errors(include_url=False, include_context=True, include_input=False)
	]
	return {**faults[0], "errors": faults} if len(faults) > 1 else faults[0]


def _fault(details) -> dict[str, Any]:
	code = "MISSING_ARGUMENT" if details["type"] == "missing" else INVALID_ARGUMENT
	return {
		"code": code,
		"message": _message(details),
		"field": ".".join(str(part) for part in details["loc"]),
	}


def _message(details) -> str:
	kind, context = details["type"], details.get("ctx") or {}
	for prefix, text in _messages():
		if kind.startswith(prefix):
			return text.format(**context)
	return _("The value cannot be understood")


def _messages():
	"""Prefixes of pydantic's error types and what we say."""
	return (
		("missing", _("This value is required")),
		("string_too_long", _("Too long: at most {max_length} characters")),
		("string_too_short", _("Too short: at least {min_length} characters")),
		("string_pattern", _("The value has a wrong form")),
		("string_", _("Text is expected")),
		("date_", _("A date is expected, as 2026-11-21")),
		("datetime_", _("A time is expected, as 2026-11-21T08:30:00+03:00")),
		("timezone_", _("The time needs an offset, as 2026-11-21T08:30:00+03:00")),
		("int_", _("A whole number is expected")),
		("float_", _("A number is expected")),
		("decimal_", _("A number is expected")),
		("bool_", _("Yes or no is expected (1 or 0)")),
		("greater_than_equal", _("Not less than {ge}")),
		("less_than_equal", _("Not more than {le}")),
		("literal_error", _("One of these is expected: {expected}")),
		("enum", _("One of these is expected: {expected}")),
		("list_", _("A list is expected")),
		("too_short", _("At least {min_length} are expected")),
		("too_long", _("At most {max_length} are expected")),
		("model_", _("An object is expected")),
		("dict_", _("An object is expected")),
	)
