"""What analysers ask: which tests of a specimen they are to measure. Called by the listener while they wait.

Told are the examinations ordered for the very tube whose barcode was read, in the codes that the LIS Code Map
holds for that connection; what the map does not name, another analyser measures.
"""

import frappe
from frappe import _

from lab_crm.laboratory import orders
from lab_crm.laboratory.orders import LisOrder
from lab_crm.lis import code_maps, outbox
from lab_crm.lis.astm import query
from lab_crm.lis.astm.query import Answer, Query
from lab_crm.lis.hl7 import encoding
from lab_crm.lis.hl7 import query as hl7_query
from lab_crm.lis.identity import ASTM_ANSWER, OUT
from lab_crm.lis.language import speak_to_staff
from lab_crm.utils import clock
from lab_crm.utils.names import random_name

DONE = ("Ready", "Cancelled")  # states of an examination that is not measured (again)
NOT_MEASURED = ("Draft", "Cancelled")  # states of an order
_CONTROL_LENGTH = 12
_ERROR_LENGTH = 2000


def answer(message: str) -> str | None:
	"""Return the records that answer a stored question (E1394); None when there is nothing to say.

	Args:
		message: name of the LIS Message that asks.
	"""
	speak_to_staff()
	row = frappe.db.get_value(
		"LIS Message", message, ["raw", "connection", "sending_application"], as_dict=True
	)
	asked = [each for each in query.queries(row.raw or "") if not each.cancels]
	if not asked:
		return None
	found, remarks, about = [], [], None
	for each in asked:
		for barcodes in each.barcodes:
			told, order, remark = _look_up(row.connection, barcodes, each)
			found += [told] if told else []
			remarks += [remark] if remark else []
			about = about or order
	_note(message, about, remarks)
	return query.answer(found, row.sending_application or "", clock.now())


def answer_hl7(message: str) -> str | None:
	"""Return the RSP^K11 that answers a stored QBP^Q11; what is to be measured goes into the outbox.

	Args:
		message: name of the LIS Message that asks.

	Returns:
		None when the connection answers no questions, or the message holds none.
	"""
	speak_to_staff()
	row = frappe.db.get_value("LIS Message", message, ["raw", "connection", "charset"], as_dict=True)
	asked = hl7_query.question(row.raw or "", row.charset or encoding.UTF8)
	if asked is None or not row.connection or not _answers(row.connection):
		return None
	at = clock.to_zone(clock.now(), clock.site_zone())
	if asked.name != hl7_query.WORK_ORDER_STEP:
		_note(message, None, [_("Questions of the kind {0} are not answered").format(asked.name)])
		return hl7_query.response(asked, hl7_query.REFUSED, message, at)
	told, order, remark = _look_up(row.connection, [asked.barcode], Query())
	_note(message, order, [remark] if remark else [])
	if told:
		outbox.queue_to_measure(order, row.connection, told.barcode, told.tests, message)
	return hl7_query.response(asked, hl7_query.FOUND if told else hl7_query.NOT_FOUND, message, at)


def _answers(connection: str) -> bool:
	return bool(frappe.db.get_value("LIS Connection", connection, "answer_queries"))


def keep_answer(question: str, text: str, error: str | None) -> str:
	"""Keep an answer that went, or could not, as a LIS Message; return its name.

	Args:
		question: name of the LIS Message it answers.
		text: its records.
		error: why it did not go, in English; None when the analyser took it.
	"""
	speak_to_staff()
	fields = ["connection", "lab_order", "patient", "peer", "charset"]
	asked = frappe.db.get_value("LIS Message", question, fields, as_dict=True)
	now = clock.now()
	doc = frappe.new_doc("LIS Message")
	doc.update(
		{
			**asked,
			"direction": OUT,
			"message_type": ASTM_ANSWER,
			"sending_application": query.HOST,
			"control_id": random_name("LC", _CONTROL_LENGTH),
			"charset": asked.charset or encoding.UTF8,
			"status": "Failed" if error else "Acknowledged",
			"error": _("The analyser did not take the answer: {0}").format(error) if error else None,
			"acknowledged_at": None if error else now,
			"processed_at": now,
			"attempts": 1,
			"raw": text,
		}
	)
	return doc.insert(ignore_permissions=True).name  # safe: the listener writes what it sent


def _look_up(
	connection: str, barcodes: list[str], asked: Query
) -> tuple[Answer | None, LisOrder | None, str]:
	"""Return what is to be measured in a specimen, its order, and a remark when there is nothing."""
	known = {each.barcode: each for each in orders.candidates(set(), set(), set(barcodes))}
	barcode = next((each for each in barcodes if each in known), None)
	if barcode is None:
		return None, None, _("There is no specimen {0}").format(", ".join(barcodes))
	order = orders.order_for_lis(known[barcode].name)
	tube = next(each for each in order.specimens if each.barcode == barcode)
	if order.status in NOT_MEASURED or tube.status == "Rejected":
		return None, order, _("Nothing is to be measured in specimen {0}").format(barcode)
	services = [row.service for row in order.items if row.specimen == barcode and row.status not in DONE]
	codes = code_maps.codes_to_measure(connection, services)
	tests = [code for code in codes if not asked.tests or code in asked.tests]
	if not tests:
		return None, order, _("The code map names no test of specimen {0} for this analyser").format(barcode)
	return _answer(order, tube, tests), order, ""


def _answer(order: LisOrder, tube, tests: list[str]) -> Answer:
	return Answer(
		barcode=tube.barcode,
		tests=tests,
		patient=order.patient.name,
		birth_date=order.patient.birth_date,
		sex=order.patient.sex,
		urgent=order.priority == "Urgent",
		material=tube.material_code,
		collected_at=tube.collected_at,
	)


def _note(message: str, order: LisOrder | None, remarks: list[str]) -> None:
	"""Write to the question what came of it."""
	values = {
		"lab_order": order.name if order else None,
		"patient": order.patient.name if order else None,
		"error": "\n".join(dict.fromkeys(remarks))[:_ERROR_LENGTH] or None,
		"processed_at": clock.now(),
	}
	frappe.db.set_value("LIS Message", message, values)
