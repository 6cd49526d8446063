"""What the laboratory does when the journey says so. Idempotent on the event: it may be delivered more than
once."""

import frappe

from lab_crm.messaging import outbox

AT_THE_DESK = ("Registered", "Collecting")


def specimen_rejected(event) -> None:
	"""Ask a patient who has left to come again: one of their tubes cannot be used. Nothing medical is said.

	Args:
		event: the Journey Event `specimen.rejected`.
	"""
	if frappe.db.get_value("Visit", event.visit, "status") in AT_THE_DESK:
		return  # the nurse takes another at once
	specimen = event.details["specimen"]
	branch = frappe.get_cached_doc("Lab Branch", frappe.db.get_value("Specimen", specimen, "branch"))
	outbox.queue(
		"specimen.recollection",
		patient=event.patient,
		context={"branch": branch.branch_name, "address": branch.address or ""},
		reference=("Specimen", specimen),
		zone=branch.timezone,
	)


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
