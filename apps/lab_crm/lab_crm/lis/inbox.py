"""Stored messages → results and answers. Each message in a transaction of its own: a bad one blocks no other.

The listener hands names over (`process`); what it could not hand over, the sweep finds.
"""

import json
from dataclasses import dataclass, field
from datetime import timedelta

import frappe
from frappe import _

from lab_crm.laboratory import orders, results
from lab_crm.lis import (
	answers,
	catalogue_changes,
	code_maps,
	contents,
	matching,
	merges,
	patient_updates,
	reports,
	unknown_codes,
)
from lab_crm.lis.astm import results as astm_results
from lab_crm.lis.code_maps import Known
from lab_crm.lis.external import returns
from lab_crm.lis.hl7 import accept, ack
from lab_crm.lis.hl7.datatypes import moment
from lab_crm.lis.hl7.header import NotHL7
from lab_crm.lis.hl7.oru import OrderGroup, Results
from lab_crm.lis.identity import ASTM, ASTM_QUERY, IN
from lab_crm.lis.language import speak_to_staff
from lab_crm.lis.master_files import staging
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal

PROCESS = "lab_crm.lis.inbox.process"
QUEUE = "lis"
SWEEP_AFTER = timedelta(seconds=30)
SWEEP_MOST = 1000
PER_JOB = 100
MOST_ATTEMPTS = 5  # of a message whose processing the database interrupted
RECEIVED, PROCESSED, UNMATCHED, FAILED, REJECTED = "Received", "Processed", "Unmatched", "Failed", "Rejected"
_ERROR_LENGTH = 2000
_FIELDS = (
	"name", "message_type", "connection", "charset", "raw", "attempts", "received_at",
	"assignments", "barred",
)  # fmt: skip


@dataclass
class Outcome:
	"""What became of a message, as it is written to its row."""

	status: str
	error: str | None = None
	lab_order: str | None = None
	lab_result: str | None = None
	patient: str | None = None


@dataclass
class _Share:
	"""The groups of a message that belong to one order; `part` tells those attached by people."""

	order: str
	patient: str
	filler: str = ""
	known_filler: str = ""
	part: str = ""
	groups: list[OrderGroup] = field(default_factory=list)


def process(names: list[str]) -> None:
	"""Process stored messages, in the order given (a job of the queue `lis`).

	Args:
		names: of LIS Messages; those that are not waiting any more are passed by.
	"""
	speak_to_staff()
	# Every look must see what others committed while we waited for an order's lock.
	frappe.db.sql("set session transaction isolation level read committed")
	frappe.db.commit()  # it holds from the next transaction on
	for name in names:
		process_one(name)


def process_one(name: str) -> str | None:
	"""Process one message and commit; return its new status, None when it does not wait any more."""
	try:
		row = _claim(name)
		status = None
		if row:
			outcome = _outcome(row)
			status = outcome.status
			_record(name, outcome)
	except Exception as error:
		frappe.db.rollback()
		status = _give_up(name, error)
	frappe.db.commit()
	return status


def sweep() -> int:
	"""Hand over what still waits (scheduler, every minute); return how many messages."""
	waiting = frappe.get_all(
		"LIS Message",
		filters={"direction": IN, "status": RECEIVED, "received_at": ("<", clock.now() - SWEEP_AFTER)},
		order_by="creation, name",
		limit=SWEEP_MOST,
		pluck="name",
	)
	for start in range(0, len(waiting), PER_JOB):
		frappe.enqueue(PROCESS, queue=QUEUE, names=waiting[start : start + PER_JOB])
	return len(waiting)


def _claim(name: str):
	"""Lock a waiting message; None when it waits no more or somebody else is at it."""
	table = frappe.qb.DocType("LIS Message")
	rows = (
		frappe.qb.from_(table)
		.select(*(table[field] for field in _FIELDS))
		.where((table.name == name) & (table.direction == IN) & (table.status == RECEIVED))
		.for_update(skip_locked=True)
		.run(as_dict=True)
	)
	return rows[0] if rows else None


def _record(name: str, outcome: Outcome) -> None:
	table = frappe.qb.DocType("LIS Message")
	now = clock.now()
	query = frappe.qb.update(table).set(table.processed_at, now).set(table.modified, now)
	for fieldname, value in vars(outcome).items():
		query = query.set(table[fieldname], value)
	query.where(table.name == name).run()


def _outcome(row) -> Outcome:
	code = (row.message_type or "").split("^")[0]
	if code in accept.RESPONSES:
		return _answer(row)
	if row.message_type == ASTM_QUERY or code in accept.QUERIES:
		return Outcome(PROCESSED, _("A question is answered only while the analyser waits"))
	try:
		if accept.is_of(row.message_type, accept.MERGES):
			return _merges(row)
		if accept.is_of(row.message_type, accept.PATIENT_UPDATES):
			return _update(row)
		if accept.is_of(row.message_type, accept.MASTER_FILES):
			catalogue_changes.arrived(staging.take(row))
			return Outcome(PROCESSED)
		parsed = contents.results(row.raw, row.charset)
		if code == ASTM and not parsed.groups and astm_results.is_control(row.raw):
			return Outcome(PROCESSED, _("Quality control of the analyser: nobody's results"))
		return _results(row, parsed)
	except NotHL7 as error:
		return Outcome(FAILED, _("The message cannot be read: {0}").format(error))


def _merges(row) -> Outcome:
	"""The LIS says that two patients are one."""
	patient, reasons = merges.take(row.raw, row.charset or "utf-8", row.name)
	status = UNMATCHED if reasons else PROCESSED
	return Outcome(status, "\n".join(reasons)[:_ERROR_LENGTH] or None, patient=patient)


def _update(row) -> Outcome:
	"""The LIS says that something about a patient changed."""
	patient, reasons = patient_updates.take(row.raw, row.charset or "utf-8", row.name)
	status = UNMATCHED if reasons else PROCESSED
	return Outcome(status, "\n".join(reasons)[:_ERROR_LENGTH] or None, patient=patient)


def _answer(row) -> Outcome:
	"""An answer to a message of ours that came by the listener: late, or in the enhanced mode."""
	answer = ack.read_ack(row.raw)
	if answer is None:
		return Outcome(FAILED, _("The answer does not say which message it answers"))
	ours = answers.find(answer.control_id, row.connection)
	if ours is None:
		return Outcome(UNMATCHED, _("We sent no message {0}").format(answer.control_id))
	answers.take(ours, answer)
	about = frappe.db.get_value("LIS Message", ours, ["lab_order", "patient"], as_dict=True)
	return Outcome(PROCESSED, lab_order=about.lab_order, patient=about.patient)


def _results(row, parsed: Results) -> Outcome:
	if not parsed.groups:
		return Outcome(UNMATCHED, _("The message holds no results of an order"))
	decided = decisions(row.assignments)
	shares, reasons = _shares(parsed.groups, row.connection, decided, barred_orders(row.barred))
	known = code_maps.known(row.connection, reports.codes_in(parsed.groups))
	sent_at = reports.stored(moment(parsed.header.sent_at)) or row.received_at
	maker = returns.laboratory_of(row.connection)
	stored = [result for share in shares for result in _store(row.name, share, known, sent_at, maker)]
	stored_groups = [group for share in shares for group in share.groups]
	unknown_codes.note(row.connection, row.name, unknown_codes.found_in(stored_groups, known))
	outcome = Outcome(
		PROCESSED,
		lab_order=shares[0].order if shares else None,
		lab_result=stored[-1] if stored else None,
		patient=shares[0].patient if shares else None,
	)
	if reasons:
		outcome.status, outcome.error = UNMATCHED, "\n".join(dict.fromkeys(reasons))[:_ERROR_LENGTH]
	elif not shares:
		outcome.status = REJECTED
	elif parsed.problems:
		outcome.error = _("Read with remarks: {0}").format("; ".join(parsed.problems))[:_ERROR_LENGTH]
	return outcome


def decisions(text: str | None) -> dict[int, str]:
	"""Return what people decided about a message: number of the group → order (of `assignments` empty for
	rejected)."""
	return {int(number): order for number, order in json.loads(text or "{}").items()}


def barred_orders(text: str | None) -> dict[int, list[str]]:
	"""Return the orders that people took parts of a message from, by number of the part.

	Args:
		text: `barred` of a LIS Message; a part's one order may stand in it by itself, as it did once.
	"""
	told = json.loads(text or "{}")
	return {int(number): [seen] if isinstance(seen, str) else seen for number, seen in told.items()}


def detached(order: str) -> str:
	"""Return why a part waits whose numbers name an order that people detached it from."""
	return _("It was detached from order {0}").format(order)


def _shares(
	groups: list[OrderGroup], connection: str | None, decided: dict[int, str], barred: dict[int, list[str]]
) -> tuple[list[_Share], list[str]]:
	"""Return the groups by order, and why the others have none; `barred` are orders people took them from."""
	shares: dict[tuple[str, str], _Share] = {}
	reasons = []
	undecided = [group for number, group in enumerate(groups) if number not in decided]
	matches = iter(matching.match(undecided, connection) if undecided else ())
	for number, group in enumerate(groups):
		if number in decided:
			if order := decided[number]:
				patient = frappe.db.get_value("Lab Order", order, "patient")
				shares.setdefault(
					(order, str(number)), _Share(order, patient, part=f"#{number}")
				).groups.append(group)
			continue
		match = next(matches)
		if match.order is None:
			reasons.append(match.reason)
			continue
		if match.order.name in barred.get(number, ()):
			reasons.append(detached(match.order.name))
			continue
		share = _Share(match.order.name, match.order.patient, group.filler, match.order.filler_number)
		shares.setdefault((share.order, ""), share).groups.append(group)
	return list(shares.values()), reasons


def _store(message: str, share: _Share, known: Known, sent_at, maker: str | None) -> list[str]:
	"""Store what the message says of one order; return the results. `maker`: the external laboratory."""
	if share.filler and not share.known_filler and not maker:
		orders.set_filler(share.order, share.filler)
	made = reports.build(share.groups, known, sent_at)
	if not made:
		orders.set_in_progress(share.order)
		return []
	stored = []
	for report in made:
		result = results.store_result(
			share.order,
			returns.named(report.observations, maker),
			report.status,
			report.reported_at,
			lis_message=message,
			document=report.documents[0] if report.documents else None,
			resolve=known.resolver(),
			part=share.part + ("" if report is made[0] else "P"),
		)
		stored.append(result)
		if maker:
			returns.note_back(maker, share.order, result)
		for document in report.documents[1:]:
			results.attach(result, document)
	return stored


def _give_up(name: str, error: Exception) -> str:
	"""Record why a message was not processed; what the database interrupted is tried again later."""
	passing = isinstance(error, frappe.QueryDeadlockError | frappe.QueryTimeoutError)
	attempts = (frappe.db.get_value("LIS Message", name, "attempts") or 0) + 1
	status = RECEIVED if passing and attempts < MOST_ATTEMPTS else FAILED
	if isinstance(error, Refusal):
		text = str(error)
	else:
		frappe.log_error(
			f"LIS Message {name}",
			frappe.get_traceback(),
			reference_doctype="LIS Message",
			reference_name=name,
		)
		text = _("It could not be processed: {0}").format(f"{type(error).__name__}: {error}")
	values = {
		"status": status,
		"attempts": attempts,
		"error": text[:_ERROR_LENGTH],
		"processed_at": clock.now(),
	}
	frappe.db.set_value("LIS Message", name, values)
	return status
