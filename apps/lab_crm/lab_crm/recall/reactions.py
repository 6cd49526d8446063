"""What a recall does when the journey goes on. Idempotent on the event: it may be delivered more than once."""

import frappe

OPEN = ("Planned", "Sent")


def booked(event) -> None:
	"""Close the patient's open recalls that a new booking answers, by its link or by itself.

	Args:
		event: the Journey Event `booking.created`.
	"""
	doc = frappe.get_doc("Booking", event.booking)
	services = [row.service for row in doc.services]
	mine = {"patient": doc.patient, "status": ("in", OPEN)}
	names = frappe.get_all("Recall", {**mine, "service": ("in", services)}, pluck="name")
	if doc.recall and frappe.db.exists("Recall", {"name": doc.recall, **mine}):
		names.append(doc.recall)
	for name in dict.fromkeys(names):
		recall = frappe.get_doc("Recall", name, for_update=True)
		recall.update({"status": "Booked", "booking": doc.name})
		recall.save(ignore_permissions=True)  # safe: follows from the patient's own booking
