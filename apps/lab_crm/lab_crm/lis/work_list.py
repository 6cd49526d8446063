"""What people do with messages that the line could not finish by itself.

Every step is written to the message's comments: who, when, what and why.
"""

import json

import frappe
from frappe import _

from lab_crm.lis import contents, inbox, matching, outbox, sender, suggest
from lab_crm.lis.hl7.header import NotHL7
from lab_crm.lis.hl7.oru import OrderGroup
from lab_crm.lis.identity import IN, OUT, TO_ANALYSERS
from lab_crm.privacy import access_log
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal

MEDICAL = 1  # permission level of the contents


@frappe.whitelist()
def get_suggestions(message: str) -> list[dict]:
	"""Return the parts of a message that belong to nobody yet, each with the orders it may belong to.

	Args:
		message: name of an incoming LIS Message.

	Returns:
		For each part `number`, `says` (its numbers), `person`, `birth_date`, `service`, `values`,
		`suggestions`.

	Raises:
		frappe.PermissionError: the user may not decide about results.
	"""
	doc = held(message, IN, medical=True)
	found = [_part(number, group) for number, group in _open_parts(doc).items()]
	for patient in {each["patient"] for part in found for each in part["suggestions"]}:
		access_log.record(patient, doc.doctype, doc.name)
	return found


@frappe.whitelist(methods=["POST"])
def attach(message: str, order: str, number: int, confirmed: bool = False) -> dict:
	"""Attach one part of a message to an order: its values become a Lab Result of that order.

	Args:
		message: name of an incoming LIS Message.
		order: name of the Lab Order.
		number: of the part, as `get_suggestions` counts.
		confirmed: the person saw that something in the message contradicts the order.

	Returns:
		`status` of the message, `result` (the Lab Result).

	Raises:
		frappe.PermissionError: the user may not decide about results, or may not read the order.
		Refusal: `NOT_WAITING`, `CONTRADICTION` (409; ask, then call again with `confirmed`).
	"""
	doc = held(message, IN, medical=True)
	group = _open_part(doc, int(number))
	frappe.get_doc("Lab Order", order).check_permission("read")
	candidate = suggest.candidate(order)
	aliases = matching.aliases_of([group.patient], [candidate])
	against = matching.contradicts(group.patient, candidate, aliases)
	if against and not frappe.utils.cint(confirmed):
		raise Refusal("CONTRADICTION", against, "order", 409)
	text = _("Part {0} was attached to order {1}").format(int(number) + 1, order)
	_decide(doc, {int(number): order}, f"{text}. {against}" if against else text)
	return _processed(doc)


@frappe.whitelist(methods=["POST"])
def reject(message: str, reason: str, number: int | None = None) -> dict:
	"""Decide that a message, or one part of it, belongs to nobody of ours.

	Args:
		message: name of an incoming LIS Message.
		reason: why, for those who look later.
		number: of the part; None for all that wait.

	Raises:
		frappe.PermissionError: the user may not decide about results.
		Refusal: `REASON_MISSING`, `NOT_WAITING`.
	"""
	doc = held(message, IN, medical=True)
	if not (reason or "").strip():
		raise Refusal("REASON_MISSING", _("Write why the message is rejected"), "reason")
	why = _("Rejected: {0}").format(reason.strip())
	parts = _open_parts(doc)
	if number is not None:
		_open_part(doc, int(number))
		parts = {int(number): parts[int(number)]}
	_decide(doc, dict.fromkeys(parts, ""), why)
	# A part may wait yet; a message without readable parts has nothing to process.
	answer = _processed(doc) if parts else {"status": inbox.REJECTED, "result": None}
	if answer["status"] == inbox.REJECTED:
		doc.db_set({"status": inbox.REJECTED, "error": why, "processed_at": clock.now()}, notify=True)
	return answer


@frappe.whitelist(methods=["POST"])
def process_again(message: str) -> dict:
	"""Process a message anew, after its order or the map of codes was mended.

	Raises:
		frappe.PermissionError: the user may not change messages.
		Refusal: `NOT_WAITING`.
	"""
	doc = held(message, IN)
	_check_waiting(doc)
	_decide(doc, {}, _("Processed again"))
	return _processed(doc)


@frappe.whitelist(methods=["POST"])
def resend(message: str) -> str:
	"""Send a message again that failed or was refused; one that was refused is made anew from today's data.

	Returns:
		The name of the message that goes.

	Raises:
		frappe.PermissionError: the user may not change messages.
		Refusal: `NOT_WAITING`.
	"""
	doc = held(message, OUT)
	if doc.message_type in TO_ANALYSERS:
		raise Refusal("NOT_WAITING", _("The analyser asks again by itself"), status=409)
	if doc.status not in ("Failed", "Rejected"):
		raise Refusal("NOT_WAITING", _("The message is {0}: nothing to do").format(_(doc.status)), status=409)
	if doc.lab_order and (doc.status == "Rejected" or not doc.raw):
		name = outbox.send_anew(doc)
		doc.db_set("status", "Rejected")  # one that could not be made must not hold back those after it
	else:
		name = doc.name
		doc.db_set({"status": "Queued", "attempts": 0, "next_attempt_at": clock.now()}, notify=True)
		sender.enqueue(doc.connection)
	doc.add_comment("Info", _("Sent again as {0}").format(name))
	return name


def held(message: str, direction: str, medical: bool = False):
	"""Return a message, locked, that the user may decide about.

	Args:
		message: name of the LIS Message.
		direction: which way it must go.
		medical: deciding needs its contents.

	Raises:
		frappe.PermissionError: the user may not.
		Refusal: `NOT_WAITING`: it goes the other way.
	"""
	doc = frappe.get_doc("LIS Message", message, for_update=True)
	doc.check_permission("write")
	if medical and MEDICAL not in doc.get_permlevel_access("read"):
		raise frappe.PermissionError
	if doc.direction != direction:
		raise Refusal("NOT_WAITING", _("The message goes the other way"), status=409)
	return doc


def _check_waiting(doc) -> None:
	if doc.status not in (inbox.UNMATCHED, inbox.FAILED):
		raise Refusal("NOT_WAITING", _("The message is {0}: nothing to do").format(_(doc.status)), status=409)


def _open_parts(doc) -> dict[int, OrderGroup]:
	"""Return the parts of a waiting message that neither a number nor a person gave to an order."""
	_check_waiting(doc)
	try:
		groups = contents.results(doc.raw, doc.charset).groups
	except NotHL7:
		return {}
	decided, barred = inbox.decisions(doc.assignments), inbox.barred_orders(doc.barred)
	matches = matching.match(groups, doc.connection) if groups else []
	return {
		number: group
		for number, (group, match) in enumerate(zip(groups, matches, strict=True))
		if number not in decided and (match.order is None or match.order.name in barred.get(number, ()))
	}


def _open_part(doc, number: int) -> OrderGroup:
	parts = _open_parts(doc)
	if number not in parts:
		raise Refusal("NOT_WAITING", _("This part of the message is decided already"), status=409)
	return parts[number]


def _part(number: int, group: OrderGroup) -> dict:
	person = group.patient
	return {
		"number": number,
		"says": [each for each in (group.placer, group.filler, *group.specimens) if each],
		"person": " ".join(filter(None, (person.last_name, person.first_name, person.middle_name))),
		"birth_date": str(person.birth_date or ""),
		"service": group.service.words,
		"values": [f"{seen.code.words}: {seen.value} {seen.unit}".strip() for seen in group.observations],
		"suggestions": suggest.for_group(group),
	}


def _decide(doc, decisions: dict[int, str], comment: str) -> None:
	"""Write down what was decided and have the message wait for processing."""
	decided = {**inbox.decisions(doc.assignments), **decisions}
	doc.db_set({"status": inbox.RECEIVED, "assignments": json.dumps(decided), "attempts": 0})
	doc.add_comment("Info", comment)


def _processed(doc) -> dict:
	inbox.process([doc.name])
	doc.reload()
	doc.notify_update()
	return {"status": doc.status, "result": doc.lab_result}
