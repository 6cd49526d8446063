"""Messages to the LIS are written here before they are sent: one row of LIS Message each, in the transaction
of what causes it. `sender` takes them from there.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

import frappe
from frappe import _

from lab_crm.laboratory import orders
from lab_crm.laboratory.orders import LisItem, LisOrder, LisPatient, LisSpecimen
from lab_crm.lis import code_maps, field_rules, sender
from lab_crm.lis.hl7 import build, encoding
from lab_crm.lis.hl7.build import CANCEL, CHANGE, NEW, Endpoint, Item, Order, PatientData
from lab_crm.lis.identity import OUT, SPECIMEN_ORDER, event_key
from lab_crm.lis.language import speak_to_staff
from lab_crm.utils import clock
from lab_crm.utils.names import random_name
from lab_crm.utils.once import insert_once

_LAW_SINCE = "2.5"  # the first version that knows OML^O33
_CONTROL_LENGTH = 12  # random characters of MSH-10, which may have 20


def queue_order(order: str, action: str, cause: str) -> str | None:
	"""Write the message that tells the LIS about an order; whatever calls twice for one cause writes one.

	A change or a cancellation goes only to a LIS that was (or will be) told of the order.

	Args:
		order: name of the Lab Order.
		action: NEW, CHANGE or CANCEL.
		cause: what asks for it (the name of a Journey Event), once.

	Returns:
		The name of the LIS Message; None when there is nothing to tell, or nobody to tell it.
	"""
	# Events of one order may be delivered side by side, the later first: the locked order says what was sent.
	# Its connection is set with its first message.
	held = frappe.db.get_value(
		"Lab Order", order, ["status", "lis_connection"], as_dict=True, for_update=True
	)
	if action == NEW:
		connection = held.status != orders.CANCELLED and (held.lis_connection or default_connection())
	else:
		connection = held.status != "Draft" and held.lis_connection
	if not connection:
		return None
	profile = frappe.get_cached_doc("LIS Connection", connection)
	data = orders.order_for_lis(order, with_cancelled=action == CANCEL)
	if not data.items:
		return None  # other laboratories make all of it
	if action == NEW:
		_queue_patient(profile, data, cause)
		orders.set_queued(order, connection)
	name = _write(profile, profile.order_message, data, event_key(cause, action), action)
	sender.enqueue(connection)
	return name


def queue_referral(order: str, laboratory, cause: str, action: str = NEW) -> str | None:
	"""Write the message that tells an external laboratory of its part of an order, once for a cause.

	Args:
		order: name of the Lab Order.
		laboratory: External Laboratory document with a LIS Connection.
		cause: name of the External Referral, or of the Journey Event that changes it.
		action: NEW, CHANGE or CANCEL.

	Returns:
		The name of the LIS Message; None when nothing of the order is left to ask for.
	"""
	profile = frappe.get_cached_doc("LIS Connection", laboratory.connection)
	data = orders.order_for_lis(order, action == CANCEL, laboratory.name)
	if not data.items:
		return None
	codes = {row.service: row.their_code for row in laboratory.services if row.their_code}
	items = [replace(row, lis_code=codes.get(row.service) or row.lis_code) for row in data.items]
	patient = data.patient if laboratory.send_names else _nameless(data.patient)
	data = replace(data, items=items, patient=patient, filler_number="")
	name = _write(profile, profile.order_message, data, event_key(f"{cause}:{order}", action), action)
	sender.enqueue(profile.name)
	return name


def _nameless(patient: LisPatient) -> LisPatient:
	"""The person by their number alone; sex and birth date decide what is normal."""
	hidden = dict.fromkeys(("first_name", "middle_name", "snils", "mobile", "email"), "")
	return replace(patient, last_name=patient.name, **hidden)


def send_anew(message) -> str:
	"""Write a new message in the place of one that was refused or could not be made, once.

	Args:
		message: LIS Message document, outgoing.

	Returns:
		The name of the new message.
	"""
	profile = frappe.get_cached_doc("LIS Connection", message.connection)
	status = frappe.db.get_value("Lab Order", message.lab_order, "status", for_update=True)
	action = _action_now(message.lab_order, status, message.connection)
	data = orders.order_for_lis(message.lab_order, with_cancelled=action == CANCEL)
	if action == NEW and not message.message_type.startswith("ADT"):
		orders.set_queued(message.lab_order, message.connection)
	name = _write(profile, message.message_type, data, event_key(message.name, "anew"), action)
	sender.enqueue(message.connection)
	return name


def _action_now(order: str, status: str, connection: str) -> str:
	"""Return what the LIS is to be told: it knows the order when it once took a message about it."""
	if status == orders.CANCELLED:
		return CANCEL
	taken = {"lab_order": order, "connection": connection, "direction": OUT}
	taken |= {"status": "Acknowledged", "message_type": ("like", "O%")}
	return CHANGE if frappe.db.exists("LIS Message", taken) else NEW


def queue_to_measure(data: LisOrder, connection: str, barcode: str, codes: list[str], cause: str) -> str:
	"""Write the message that tells an analyser what to measure in a specimen; once for a question.

	Args:
		data: the order.
		connection: the LIS Connection of the analyser.
		barcode: of the specimen.
		codes: its tests, as the analyser calls them.
		cause: name of the LIS Message that asks.

	Returns:
		The name of the LIS Message.
	"""
	profile = frappe.get_cached_doc("LIS Connection", connection)
	made = partial(_compose_specimen, barcode, codes)
	name = _write(profile, SPECIMEN_ORDER, data, event_key(cause, SPECIMEN_ORDER), NEW, made)
	sender.enqueue(connection)
	return name


def default_connection() -> str | None:
	"""Return the connection for orders without one of their own."""
	return frappe.db.get_value("LIS Connection", {"enabled": 1, "is_default": 1})


def compose(profile, message_type: str, data: LisOrder, action: str, control_id: str) -> str:
	"""Return the text of a message about an order or its patient.

	Args:
		profile: LIS Connection document.
		message_type: OML^O21, ORM^O01, ADT^A04 or ADT^A08.
		data: the order.
		action: NEW, CHANGE or CANCEL (orders only).
		control_id: MSH-10.

	Raises:
		ValueError: it would not be valid (BuildError, or a value that hl7apy does not take).
	"""
	at = _aware(clock.now())
	ends = _ends(profile, profile.version)
	codes = code_maps.codes_of_services(profile.name, [row.service for row in data.items])
	patient = _patient(data.patient)
	if message_type.startswith("ADT^"):
		text = build.build_adt(message_type[4:], patient, ends, control_id, at)
	else:
		text = build.BUILDERS[message_type](_order(data, action, codes), patient, ends, control_id, at)
	return field_rules.changed(text, profile, message_type, data, codes)


def _compose_specimen(
	barcode: str, codes: list[str], profile, _message_type: str, data: LisOrder, action: str, control_id: str
) -> str:
	"""Return OML^O33. Of the person it says what intervals depend on; an analyser needs no name."""
	tube = next(each for each in data.specimens if each.barcode == barcode)
	items = [
		Item(
			code=code,
			name="",
			barcode=barcode,
			specimen_code=tube.material_code,
			specimen_name=tube.material_name,
			collected_at=_aware(tube.collected_at) if tube.collected_at else None,
		)
		for code in codes
	]
	order = replace(_order(data, action, {}), items=items, comment="", filler="")
	person = data.patient
	patient = PatientData(person.name, "", "", "", person.birth_date, person.sex)
	version = max(profile.version or "", _LAW_SINCE)
	return build.build_specimen_order(
		order, patient, _ends(profile, version), control_id, _aware(clock.now())
	)


def _ends(profile, version: str) -> Endpoint:
	"""Return both ends of a connection as MSH names them."""
	return Endpoint(
		profile.sending_application,
		profile.sending_facility or "",
		profile.receiving_application or "",
		profile.receiving_facility or "",
		version,
		encoding.SETTINGS[profile.encoding][1],
		*(("AL", "AL") if profile.acknowledgement_mode == "Enhanced" else ()),
	)


def _queue_patient(profile, data: LisOrder, cause: str) -> None:
	"""Tell a LIS that wants to know about a patient it does not know, or knows as they were."""
	if not profile.send_patients:
		return
	filters = {"patient": data.patient.name, "connection": profile.name, "message_type": ("like", "ADT%")}
	last = frappe.db.get_value(
		"LIS Message", {**filters, "direction": OUT}, "creation", order_by="creation desc"
	)
	if last and frappe.db.get_value("Patient", data.patient.name, "modified") <= last:
		return
	_write(profile, "ADT^A08" if last else "ADT^A04", data, event_key(cause, "ADT"), "")


def _write(
	profile, message_type: str, data: LisOrder, key: str, action: str, make: Callable[..., str] | None = None
) -> str:
	doc = frappe.new_doc("LIS Message")
	doc.update(
		{
			"direction": OUT,
			"message_type": message_type,
			"connection": profile.name,
			"sending_application": profile.sending_application,
			"control_id": random_name("LC", _CONTROL_LENGTH),
			"lab_order": data.name,
			"patient": data.patient.name,
			"charset": encoding.SETTINGS[profile.encoding][0],
			"message_key": key,
			"next_attempt_at": clock.now(),
			"status": "Queued",
		}
	)
	try:
		doc.raw = (make or compose)(profile, message_type, data, action, doc.control_id)
	except ValueError as error:
		speak_to_staff()
		doc.status, doc.error = "Failed", _("The message could not be made: {0}").format(error)
	return insert_once(doc, "message_key").name


def _order(data: LisOrder, action: str, codes: dict[str, tuple[str, str]]) -> Order:
	tubes = {tube.barcode: tube for tube in data.specimens}
	return Order(
		placer=data.placer_number,
		items=[_item(row, codes.get(row.service), tubes.get(row.specimen)) for row in data.items],
		action=action,
		filler=data.filler_number,
		visit=data.visit or "",
		branch=data.branch,
		ordered_at=_aware(data.ordered_at),
		urgent=data.priority == "Urgent",
		comment=data.comment,
	)


def _item(row: LisItem, mapped: tuple[str, str] | None, tube: LisSpecimen | None) -> Item:
	code, name = mapped or (row.lis_code, "")
	return Item(
		code=code,
		name=name or row.service_name,
		loinc=row.loinc,
		barcode=row.specimen,
		specimen_code=tube.material_code if tube else "",
		specimen_name=tube.material_name if tube else "",
		collected_at=_aware(tube.collected_at) if tube and tube.collected_at else None,
	)


def _patient(data: LisPatient) -> PatientData:
	return PatientData(
		data.name,
		data.last_name,
		data.first_name,
		data.middle_name,
		data.birth_date,
		data.sex,
		data.mobile,
		data.email,
		data.snils,
	)


def _aware(at: datetime) -> datetime:
	return clock.to_zone(at, clock.site_zone())
