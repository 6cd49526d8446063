"""What the laboratory does when the journey says so. Idempotent on the event: it may be delivered more than once."""

import frappe

from lab_crm.messaging import outbox


def result_ready(event) -> None:
	"""Tell the patient that the results are ready: a link to the portal, nothing medical.

	A corrected result is announced anew, the same result never twice.
	"""
	outbox.queue(
		"result.ready",
		patient=event.patient,
		reference_doctype="Lab Result",
		reference_name=event.lab_result,
		context={"link": frappe.utils.get_url("/my")},
		idempotency_key=f"result.ready/{event.lab_result}",
	)
