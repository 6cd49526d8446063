"""Bookings made, moved and cancelled for a patient: by the website, a link, the contact centre, another
module.
"""

import hashlib
import json
import random
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from functools import wraps
from typing import Any

import frappe
from frappe import _
from frappe.utils import get_url

from lab_crm.booking import availability, placing, policy, writing
from lab_crm.booking.availability import Wish
from lab_crm.patients import matching, person
from lab_crm.privacy import consents as privacy
from lab_crm.utils import clock, tokens
from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name
from lab_crm.utils.workflow import system_move

TOKEN = "booking"
TOKEN_DAYS_AFTER = 30
CHANGEABLE = ("Held", "Booked", "Confirmed")
CHANNELS = (
	"Website", "Widget", "Phone", "Reception", "Maps", "Aggregator", "Messenger", "Recall", "Corporate",
	"API",
)  # fmt: skip
ATTEMPTS = 6


def retried(function: Callable) -> Callable:
	"""Repeat a whole transaction that the database gave up for a deadlock or a lock wait; the function
	starts it.

	Raises:
		Refusal: BUSY (503), after several attempts.
	"""

	@wraps(function)
	def wrapper(*args, **kwargs):
		for attempt in range(ATTEMPTS):
			try:
				return function(*args, **kwargs)
			except (frappe.QueryDeadlockError, frappe.QueryTimeoutError):
				frappe.db.rollback()
				time.sleep(random.uniform(0, 0.02 * 2**attempt))
		raise Refusal("BUSY", _("The service is busy. Try again in a few seconds"), status=503)

	return wrapper


@retried
def create(
	branch: str,
	services: list[str],
	start: datetime,
	patient: Mapping[str, Any] | str,
	consents: list[str],
	source: Mapping[str, Any] | None = None,
	idempotency_key: str | None = None,
	*,
	online: bool = True,
	**details: str | None,
):
	"""Book a visit and return the Booking; it must begin the transaction.

	Args:
		branch: name of the Lab Branch.
		services: codes of Lab Services.
		start: aware time.
		patient: what `patients.matching.find_or_create` takes, or the name of a Patient who is known
			(signed in, by a link).
		consents: purposes that the patient has just agreed to.
		source: channel, utm_source …, call_id, inquiry, recall; `evidence`: how the consents were given.
		idempotency_key: the same key and request give the same booking, however often and however parallel
			they come.
		online: by the rules of the website; False for staff.
		details: `specialist`, `resource` and `funding` as in `availability.Wish`.

	Raises:
		Refusal: as `availability.get_slots`, `placing.check_start`, `person.from_dict`, `placing.place` (with
			`nearest`); CONSENT_REQUIRED, IDEMPOTENCY_KEY_REUSED, SERVICE_NOT_SUITABLE.
	"""
	print_ = _fingerprint(branch, services, start, patient, details)
	known = _known(idempotency_key, print_)
	if known:
		return known
	wish = availability.wish_for(branch, services, online=online, **details)
	cell = placing.check_start(wish, clock.from_aware(start))
	check_patient(patient, consents, wish)
	return _book(wish, cell, patient, consents, source or {}, (idempotency_key, print_))


@retried
def reschedule(
	booking: str,
	start: datetime,
	specialist: str | None = None,
	*,
	branch: str | None = None,
	resource: str | None = None,
	seen: datetime | None = None,
	online: bool = True,
):
	"""Move a booking and return it; moving it to where it is changes nothing.

	Args:
		booking: name, taken from a signed token or checked against the patient or the user.
		start: aware time.
		specialist: another one than before; None: the same.
		branch: another one than before; None: the same.
		resource: this room or device; None: any that suits.
		seen: the stored start that the mover saw; refused if it is no longer so.
		online: by the rules of the website; False for staff, who may move until the patient has come.

	Raises:
		Refusal: NOT_CHANGEABLE, TOO_LATE_TO_CHANGE, CHANGED_MEANWHILE (409), and as `create`.
	"""
	doc = frappe.get_doc("Booking", booking, for_update=True)
	asked = {"branch": branch, "specialist": specialist, "resource": resource}
	place = {field: value for field, value in asked.items() if value}
	stored = clock.from_aware(start)
	if doc.start == stored and all(doc.get(field) == value for field, value in place.items()):
		return doc
	_check_changeable(doc, online, seen)
	doc.update({"start": stored, "override_schedule": 0, "override_reason": None, **place})
	doc.flags.update({"online": online, "named": place})
	try:
		system_move(doc, doc.status)
	except Refusal as refusal:
		specialist = specialist or (None if branch else doc.specialist)
		raise _with_nearest(refusal, _wish_of(doc, specialist), placing.cell_of(stored)) from None
	return doc


@retried
def cancel(booking: str, reason: str = "", by: str = "Patient"):
	"""Cancel a booking, give its slots back and return it; a cancelled one stays as it is.

	Args:
		booking: name, taken from a signed token or checked against the patient.
		reason: the patient's words; may be empty.
		by: Patient or System.

	Raises:
		Refusal: NOT_CHANGEABLE, TOO_LATE_TO_CHANGE (409).
	"""
	doc = frappe.get_doc("Booking", booking, for_update=True)
	if doc.status != "Cancelled":
		_check_changeable(doc)
		system_move(doc, "Cancelled", cancel_reason=reason or _("Cancelled by the patient"), cancelled_by=by)
	return doc


def by_token(token: str) -> str:
	"""Return the name of the booking that a link stands for.

	Raises:
		Refusal: LINK_INVALID (404), alike for an altered, expired or foreign token and for a booking that
		is no more.
	"""
	name = tokens.read(TOKEN, token)
	if not name or not frappe.db.exists("Booking", name):
		raise Refusal("LINK_INVALID", _("The link is wrong or out of date"), field="token", status=404)
	return name


def manage_token(doc) -> str:
	"""Return the token of the link by which the patient manages this booking: valid until a month after the
	visit.
	"""
	days = (doc.start - clock.now()).total_seconds() / tokens.DAY + TOKEN_DAYS_AFTER
	return tokens.issue(TOKEN, doc.name, max(days, 1))


def manage_url(doc) -> str:
	"""Return the link by which the patient manages this booking."""
	return get_url(f"/b/{manage_token(doc)}")


def changeable_until(doc) -> datetime:
	"""Return the stored time until which the patient may move or cancel, by the policy that applies."""
	return doc.start - timedelta(hours=policy.of(doc).patient_change_hours)


def can_change(doc) -> bool:
	"""Say whether the patient may still move or cancel the booking."""
	return doc.status in CHANGEABLE and doc.start > clock.now() and clock.now() <= changeable_until(doc)


def _book(wish: Wish, cell: int, patient, consents: list[str], source: Mapping[str, Any], key):
	"""Take the slot and write the booking; whatever another request has done meanwhile."""
	name = random_name("BKG")
	try:
		slot = placing.place(wish, name, cell)
		return _insert(name, wish, slot, patient, consents, source, key)
	except Refusal as refusal:
		return _same_or_refuse(refusal, wish, cell, *key)
	except frappe.UniqueValidationError:
		# The same key came twice at once, to a place with several seats; the database kept one.
		frappe.db.rollback()
		frappe.clear_messages()
		known = _known(*key)
		if not known:
			raise
		return known


def _insert(name, wish: Wish, slot, patient, consents: list[str], source: Mapping[str, Any], key):
	card = card_of(patient, online=wish.online)
	privacy.give_all(card.name, consents, source.get("evidence") or _("Given to the operator"))
	fields = {"idempotency_key": key[0], "request_hash": key[1]} if key[0] else {}
	return writing.write(name, wish, slot, card, source, **fields)


def card_of(patient: Mapping[str, Any] | str, online: bool):
	"""Return the Patient of a description, made if there is none, or of a name."""
	if isinstance(patient, str):
		return frappe.get_doc("Patient", patient)
	return matching.find_or_create(patient, trusted=not online)


def check_patient(patient: Mapping[str, Any] | str, given: list[str], wish: Wish) -> None:
	"""Refuse what cannot be booked for this person, before anything is written.

	Raises:
		Refusal: as `person.from_dict`; PURPOSE_UNKNOWN, PHONE_REQUIRED, CONSENT_REQUIRED,
			SERVICE_NOT_SUITABLE.
	"""
	for purpose in given:
		privacy.check_purpose(purpose)
	if isinstance(patient, str):
		given = {*given, *privacy.states(patient)[0]}
		sex = frappe.db.get_value("Patient", patient, "sex")
	else:
		described = person.from_dict(patient, clock.now().date())
		if wish.online and not described.mobile:
			raise Refusal("PHONE_REQUIRED", _("Enter a mobile phone"), field="mobile")
		sex = described.sex
	missing = sorted(required_consents() - set(given))
	if missing:
		message = _("The consent is required: {0}").format(", ".join(_(purpose) for purpose in missing))
		raise Refusal("CONSENT_REQUIRED", message, field="consents", data={"missing": missing})
	for row in wish.services:
		if row.sex in ("Male", "Female") and sex in ("Male", "Female") and row.sex != sex:
			message = _("{0} is not done for this sex").format(row.service_name)
			raise Refusal("SERVICE_NOT_SUITABLE", message, field="services")


def required_consents() -> set[str]:
	"""Return the purposes without which nobody can be booked."""
	forms = privacy.published_forms()
	return {privacy.PERSONAL, *(purpose for purpose, form in forms.items() if form.is_required)}


def _known(key: str | None, print_: str):
	name = key and frappe.db.get_value("Booking", {"idempotency_key": key})
	if not name:
		return None
	doc = frappe.get_doc("Booking", name)
	if doc.request_hash != print_:
		message = _("This key has already been used for another booking")
		raise Refusal("IDEMPOTENCY_KEY_REUSED", message, field="idempotency_key", status=409)
	return doc


def _same_or_refuse(refusal: Refusal, wish: Wish, cell: int, key: str | None, print_: str):
	"""A slot may be taken by this very request, sent twice at once; else refuse, with the free slots near
	by.
	"""
	if refusal.code not in (placing.TAKEN, placing.OFF_SCHEDULE):
		raise refusal
	frappe.db.rollback()
	known = _known(key, print_)
	if known:
		return known
	raise _with_nearest(refusal, wish, cell)


def _wish_of(doc, specialist: str | None) -> Wish:
	codes = [row.service for row in doc.services]
	return availability.wish_for(
		doc.branch, codes, online=doc.flags.online, specialist=specialist, funding=doc.funding
	)


def _with_nearest(refusal: Refusal, wish: Wish, cell: int) -> Refusal:
	if refusal.code in (placing.TAKEN, placing.OFF_SCHEDULE):
		frappe.db.rollback()
		refusal.data["nearest"] = availability.nearest(wish, cell)
	return refusal


def _check_changeable(doc, online: bool = True, seen: datetime | None = None) -> None:
	"""Refuse a change; staff may still move a patient who is late, but not what another has just moved."""
	if doc.status not in CHANGEABLE or (online and doc.start <= clock.now()):
		message = _("The booking is {0}: it can no longer be changed here").format(_(doc.status))
		raise Refusal("NOT_CHANGEABLE", message, status=409, data={"status": doc.status})
	if seen and doc.start != seen:
		message = _("Somebody has moved this booking meanwhile. Look at its new time")
		raise Refusal("CHANGED_MEANWHILE", message, status=409)
	if online and clock.now() > changeable_until(doc):
		phone = frappe.db.get_value("Lab Branch", doc.branch, "phone") or ""
		message = _("It is too late to change the booking here. Call us: {0}").format(phone)
		raise Refusal("TOO_LATE_TO_CHANGE", message, status=409)


def _fingerprint(branch, services, start, patient, details) -> str:
	"""A hash of what is asked for: the same key with another request is refused, so a guessed key opens no
	foreign booking.
	"""
	who = (
		patient if isinstance(patient, str) else {key: str(value) for key, value in patient.items() if value}
	)
	told = {key: value for key, value in details.items() if value}
	asked = [branch, list(services), clock.from_aware(start).isoformat(), who, told]
	return hashlib.sha256(json.dumps(asked, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
