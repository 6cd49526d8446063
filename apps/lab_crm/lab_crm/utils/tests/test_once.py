"""One document for one key: the second who asks gets the first one's (several at once: tests of patients)."""

import frappe
import pytest

from lab_crm.utils.names import random_name
from lab_crm.utils.once import insert_once


@pytest.fixture
def visit(site, make):
	"""Makes visits of one patient and branch, not yet inserted; `request_key` and `booking` are unique."""
	patient, branch = make.patient().name, make.branch().name

	def new(**fields):
		doc = frappe.new_doc("Visit")
		return doc.update({"patient": patient, "branch": branch, **fields})

	return new


@pytest.fixture
def booking(make):
	"""A booking straight in the table: its rules are not this test's matter."""
	doc = frappe.new_doc("Booking")
	doc.update({"patient": make.patient().name, "branch": make.branch().name, "status": "Booked"})
	doc.update({"start": "2027-01-15 09:00:00", "end": "2027-01-15 09:10:00"})
	doc.flags.ignore_validate = True
	return doc.insert(ignore_permissions=True, ignore_mandatory=True).name


def test_the_second_gets_the_first_ones_document(visit):
	key = random_name("KEY")
	first = insert_once(visit(request_key=key), "request_key")
	second = insert_once(visit(request_key=key), "request_key")
	assert second.name == first.name
	assert frappe.db.count("Visit", {"request_key": key}) == 1


def test_other_keys_make_other_documents(visit):
	one, two = (insert_once(visit(request_key=random_name("KEY")), "request_key").name for _ in range(2))
	assert one != two


def test_what_the_transaction_did_before_stays(visit):
	key, marker = random_name("KEY"), visit(request_key=random_name("KEY"))
	insert_once(visit(request_key=key), "request_key")
	marker.insert(ignore_permissions=True)
	insert_once(visit(request_key=key), "request_key")
	assert frappe.db.exists("Visit", marker.name)


def test_no_message_of_the_database_is_left_for_the_person(visit):
	key = random_name("KEY")
	insert_once(visit(request_key=key), "request_key")
	frappe.clear_messages()
	insert_once(visit(request_key=key), "request_key")
	assert not frappe.get_message_log()


def test_another_unique_field_that_is_taken_is_an_error(visit, booking):
	insert_once(visit(request_key=random_name("KEY"), booking=booking), "request_key")
	with pytest.raises(frappe.UniqueValidationError):
		insert_once(visit(request_key=random_name("KEY"), booking=booking), "request_key")


def test_the_lock_is_held_until_the_transaction_ends(visit, monkeypatch):
	statements = []
	really = frappe.db.sql

	def sql(query, values=(), *rest, **given):
		statements.append((query, values))
		return really(query, values, *rest, **given)

	with monkeypatch.context() as patch:
		patch.setattr(frappe.local.db, "sql", sql)
		insert_once(visit(request_key=random_name("KEY")), "request_key")
	[name] = [values[0] for query, values in statements if "get_lock" in str(query)]
	assert not really("select is_free_lock(%s)", name)[0][0]
	frappe.db.rollback()
	assert really("select is_free_lock(%s)", name)[0][0]
