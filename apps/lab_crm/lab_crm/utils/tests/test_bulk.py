"""Many rows in one statement: what is written, and what is left alone."""

import frappe

from lab_crm.utils import bulk, clock


def write(*descriptions: str) -> list[str]:
	now = clock.now()
	rows = [(frappe.generate_hash(length=10), now, now, text, "Open") for text in descriptions]
	bulk.insert("ToDo", ("name", "creation", "modified", "description", "status"), rows)
	return [row[0] for row in rows]


def state(name: str) -> tuple:
	return frappe.db.get_value("ToDo", name, ["description", "priority", "status"])


def test_rows_are_inserted_whatever_stands_in_them(site):
	names = write("а'; drop table x; --", "100 % {0} %s", None)
	assert [state(name)[0] for name in names] == ["а'; drop table x; --", "100 % {0} %s", None]


def test_each_row_gets_its_own_values_and_the_common_ones(site):
	first, second, other = write("а", "б", "в")
	rows = [(first, "один"), (second, "два")]
	bulk.update("ToDo", ("name", "description"), rows, {"priority": "High"}, {"status": "Open"})
	assert (state(first), state(second)) == (("один", "High", "Open"), ("два", "High", "Open"))
	assert state(other)[0] == "в"


def test_rows_that_changed_meanwhile_are_left_alone(site):
	first, second = write("а", "б")
	frappe.db.set_value("ToDo", second, "status", "Closed")
	rows = [(first, "один"), (second, "два")]
	bulk.update("ToDo", ("name", "description"), rows, {"priority": "High"}, {"status": "Open"})
	assert (state(first)[0], state(second)[0]) == ("один", "б")


def test_nothing_is_no_statement(site):
	bulk.insert("ToDo", ("name",), [])
	bulk.update("ToDo", ("name", "description"), [], {}, {})
