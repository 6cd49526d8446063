"""Helpers of the booking tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import frappe

from lab_crm.booking import service
from lab_crm.privacy import consents
from lab_crm.utils.workflow import system_move

GIVEN = [consents.PERSONAL, consents.MEDICAL, consents.SERVICE]


def publish_forms():
	"""Have a published text for every purpose that bookings give."""
	published = consents.published_forms()
	for purpose in (consents.PERSONAL, consents.MEDICAL, consents.SERVICE):
		if purpose not in published:
			form = frappe.new_doc("Consent Form")
			form.update({"title": purpose, "purpose": purpose, "short_text": "Согласен", "text": "Согласие"})
			form.insert(ignore_permissions=True)
			form.publish()


def moscow(day: int, hour: int, minute: int = 0) -> datetime:
	"""An aware time of January 2027 in Moscow."""
	return datetime(2027, 1, day, hour, minute, tzinfo=UTC) - timedelta(hours=3)


def person(**changes):
	"""A recognisably invented patient as a web form gives one."""
	return {
		"last_name": "Тестова",
		"first_name": "Анна",
		"birth_date": "1985-03-14",
		"sex": "Female",
		"mobile": "+79000000101",
		**changes,
	}


def insert(doctype: str, **fields):
	"""Insert a document as the system."""
	doc = frappe.new_doc(doctype)
	doc.update(fields)
	return doc.insert(ignore_permissions=True)


def alter(doctype: str, name: str, **fields):
	"""Change and save a document as the system."""
	doc = frappe.get_doc(doctype, name)
	doc.update(fields)
	return doc.save(ignore_permissions=True)


@contextmanager
def counted_statements() -> Iterator[list[str]]:
	"""Collect the SQL statements that the block runs."""
	statements: list[str] = []
	database = frappe.local.db
	run = database.sql

	def counted(query, *args, **kwargs):
		statements.append(str(query))
		return run(query, *args, **kwargs)

	database.sql = counted
	try:
		yield statements
	finally:
		del database.sql


def book(clinic, services=None, start=None, **details):
	"""Book a consultation of a clinic for Saturday, 09:00, unless the test says otherwise."""
	asked = {"patient": person(), "consents": GIVEN, **details}
	doc = service.create(clinic.branch, services or [clinic.visit], start or moscow(16, 9), **asked)
	return fresh(doc)


def fresh(doc):
	"""Read a document again, as the next request does."""
	return frappe.get_doc(doc.doctype, doc.name)


def move(doc, status: str, **fields):
	"""Move a document to a status as the system, and return it as the next request reads it."""
	doc = fresh(doc)
	system_move(doc, status, **fields)
	return fresh(doc)


def events_of(booking: str, event: str):
	"""The Journey Events of a kind about a booking."""
	names = frappe.get_all("Journey Event", {"booking": booking, "event": event}, pluck="name")
	return [frappe.get_doc("Journey Event", name) for name in names]


def messages_of(booking: str, event: str) -> list:
	"""The Messages of a kind about a booking, by channel."""
	filters = {"reference_doctype": "Booking", "reference_name": booking, "event": event}
	names = frappe.get_all("Message", filters, pluck="name", order_by="channel")
	return [frappe.get_doc("Message", name) for name in names]


@contextmanager
def within_one_transaction() -> Iterator[None]:
	"""Let commit and rollback work on a savepoint, so that the test leaves nothing behind."""
	database, point = frappe.local.db, "test_commit"
	rollback = database.rollback
	database.commit = lambda: database.savepoint(point)
	database.rollback = lambda *, save_point=None: rollback(save_point=save_point or point)
	database.commit()
	try:
		yield
	finally:
		del database.commit, database.rollback
