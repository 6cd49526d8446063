"""Helpers of the booking tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import frappe

from lab_crm.privacy import consents


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
