"""Install, migrate, migrate again: the second time nothing changes, and what an administrator changed stays."""

import frappe
import pytest

from benchkit import site as bench_site

COUNTED = (
	"Role", "Workflow", "Workflow State", "Message Template", "Message Channel", "Consent Form", "Workspace", "Number Card",
	"Dashboard Chart", "Print Format", "Custom DocPerm", "Booking Policy", "DocType",
)  # fmt: skip


def structure() -> set[tuple]:
	"""Return every column and index of the database."""
	columns = frappe.db.sql(
		"select table_name, column_name, column_type, is_nullable from information_schema.columns where table_schema = database()"
	)
	indexes = frappe.db.sql(
		"select table_name, index_name, column_name, non_unique from information_schema.statistics where table_schema = database()"
	)
	return {("column", *row) for row in columns} | {("index", *row) for row in indexes}


def counts() -> dict[str, int]:
	"""Return how many of each kind of set-up document there are."""
	return {doctype: frappe.db.count(doctype) for doctype in COUNTED}


@pytest.fixture
def edited(site):
	"""An administrator's edits of a message text and a workflow state's style; put back afterwards."""
	template = frappe.get_all("Message Template", {"event": "booking.created"}, pluck="name", limit=1)[0]
	before = frappe.db.get_value("Message Template", template, "body")
	frappe.db.set_value("Message Template", template, "body", "Своими словами: {{ date }}")
	frappe.db.set_value("Workflow State", "Booked", "style", "Warning")
	frappe.db.commit()
	yield template
	frappe.db.set_value("Message Template", template, "body", before)
	frappe.db.set_value("Workflow State", "Booked", "style", "Primary")
	frappe.db.commit()


def test_migrating_again_changes_nothing(profile, edited):
	before = structure(), counts()
	frappe.db.commit()
	bench_site.frappe(profile, "migrate")
	frappe.db.commit()
	assert counts() == before[1]
	assert structure() == before[0]
	assert frappe.db.get_value("Message Template", edited, "body") == "Своими словами: {{ date }}"
	assert frappe.db.get_value("Workflow State", "Booked", "style") == "Warning"
