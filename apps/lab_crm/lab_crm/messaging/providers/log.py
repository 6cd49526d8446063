"""The integration log: every call to a provider as an Integration Request of the framework."""

from collections.abc import Iterable

import frappe

from lab_crm.messaging.providers.base import Exchange
from lab_crm.utils import clock

DOCTYPE = "Integration Request"
FIELDS = (
	"name",
	"creation",
	"modified",
	"owner",
	"modified_by",
	"integration_request_service",
	"is_remote_request",
	"status",
	"url",
	"data",
	"output",
	"error",
	"reference_doctype",
	"reference_docname",
)


def store(exchanges: Iterable[Exchange]) -> None:
	"""Write calls down, masked as they are; the framework clears old ones (Log Settings)."""
	now, user = clock.now(), frappe.session.user
	rows = [
		(
			frappe.generate_hash(length=16),
			now,
			now,
			user,
			user,
			one.service,
			1,
			"Failed" if one.error else "Completed",
			one.url,
			one.request,
			one.answer,
			one.error or None,
			"Message",
			one.message or None,
		)
		for one in exchanges
	]
	if rows:
		# One statement for a batch: a document each would take longer than sending.
		frappe.db.bulk_insert(DOCTYPE, FIELDS, rows)
