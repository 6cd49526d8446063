"""What the laboratory does when the journey says so. Idempotent on the event: it may be delivered more than
once."""

import frappe

from lab_crm.messaging import outbox


def result_ready(event) -> None:
	"""Tell the patient that the results are ready: a link to the portal, nothing medical.

	The same result is never announced twice; a corrected one is another result and is announced anew.

	Args:
		event: the Journey Event `order.result_ready`.
	"""
	branch = frappe.get_cached_doc("Lab Branch", frappe.db.get_value("Lab Order", event.lab_order, "branch"))
	outbox.queue(
		"result.ready",
		patient=event.patient,
		context={
			"portal_link": frappe.utils.get_url("/my"),
			"branch": branch.branch_name,
			"address": branch.address or "",
		},
		reference=("Lab Result", event.lab_result),
		zone=branch.timezone,
	)
