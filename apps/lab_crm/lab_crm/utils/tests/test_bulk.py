"""Many rows in one statement: what is written, and what is left alone."""

import frappe

from lab_crm.utils import bulk

SAME, ONLY = {"priority": "High"}, {"status": "Open"}


def write(*descriptions: str) -> list[str]:
	return [frappe.get_doc({"doctype": "ToDo", "description": text}).insert().name for text in descriptions]


def state(name: str) -> tuple:
	return frappe.db.get_value("ToDo", name, ["description", "priority", "status"])


def test_each_row_gets_its_own_values_and_the_common_ones(site):
	first, second, other = write("а", "б", "в")
	odd = "а'; drop table x; -- 100 % {0} %s"
	bulk.update("ToDo", {first: {"description": odd}, second: {"description": None}}, SAME, ONLY)
	assert (state(first), state(second)) == ((odd, "High", "Open"), (None, "High", "Open"))
	assert state(other)[0] == "в"


def test_rows_that_changed_meanwhile_are_left_alone(site):
	first, second = write("а", "б")
	frappe.db.set_value("ToDo", second, "status", "Closed")
	bulk.update("ToDo", {first: {"description": "один"}, second: {"description": "два"}}, SAME, ONLY)
	assert (state(first)[0], state(second)[0]) == ("один", "б")


def test_nothing_is_no_statement(site):
	bulk.update("ToDo", {}, SAME, ONLY)
