"""A migration of an installed site changes nothing, and nothing of what an administrator changed."""

from collections import Counter
from collections.abc import Iterator
from contextlib import chdir, contextmanager

import frappe
import pytest

from benchkit import site as bench_site
from benchkit.profile import Profile

# What set-ups and the product's files bring, and an administrator may edit.
BROUGHT = (
	"Role",
	"Module Def",
	"DocType",
	"DocField",
	"DocPerm",
	"Custom DocPerm",
	"Custom Field",
	"Property Setter",
	"Workflow",
	"Workflow State",
	"Workflow Action Master",
	"Workflow Document State",
	"Workflow Transition",
	"Workspace",
	"Workspace Link",
	"Workspace Shortcut",
	"Number Card",
	"Dashboard Chart",
	"Print Format",
	"Report",
	"Message Template",
	"Message Channel",
	"Consent Form",
	"Payment Offer",
	"Booking Policy",
	"Policy Reminder",
	"Recall Rule",
	"Scheduled Job Type",
	"Singles",
)
# Moments and places of writing say nothing about what is written.
PASSING = (
	"name",
	"creation",
	"modified",
	"modified_by",
	"owner",
	"migration_hash",
	"last_execution",
	"next_execution",
)
# Single settings in which the framework keeps its own clock.
CLOCKS = ("System Settings", "Installed Applications", "Event Updates", "Global Search Settings")


def structure() -> dict[str, list]:
	"""Return the columns and indexes of all tables."""
	columns = frappe.db.sql(
		"""select table_name, column_name, column_type, is_nullable, column_default
		from information_schema.columns where table_schema = database() order by 1, 2"""
	)
	indexes = frappe.db.sql(
		"""select table_name, index_name, non_unique, seq_in_index, column_name
		from information_schema.statistics where table_schema = database() order by 1, 2, 4"""
	)
	return {"columns": list(columns), "indexes": list(indexes)}


def rows(table: str) -> Counter:
	"""Return the rows of a table without what changes by itself."""
	name = "tabSingles" if table == "Singles" else f"tab{table}"
	kept = [column for column in frappe.db.get_table_columns_description(name)]
	names = [column.name for column in kept if column.name not in PASSING]
	found = frappe.qb.from_(frappe.qb.Table(name)).select(*names).run(as_dict=True)
	if table == "Singles":
		found = [row for row in found if row.doctype not in CLOCKS and row.field not in PASSING]
	return Counter(tuple(sorted((key, str(value)) for key, value in row.items())) for row in found)


def snapshot() -> dict[str, Counter]:
	frappe.db.rollback()  # a new snapshot of the database
	return {table: rows(table) for table in BROUGHT}


class Edits:
	"""What an administrator changed: one word each in a template, a state, a transition and a workspace."""

	TEXT = "изменено администратором"

	def __init__(self):
		self.template = frappe.get_all("Message Template", {"event": "booking.created"}, pluck="name")[0]
		self.workflow = frappe.db.get_value("Workflow", {"document_type": "Booking"})
		self.removed = frappe.db.get_value(
			"Workflow Transition", {"parent": self.workflow, "action": "Hold"}, "name"
		)
		self.workspace = frappe.get_all("Workspace", {"module": "Booking"}, pluck="name")[0]
		self._before: list[tuple] = []

	def make(self) -> None:
		self._set("Message Template", self.template, "body", f"{self.TEXT}: {{start}}")
		self._set("Workflow State", "Booked", "style", "Danger")
		self._set("Workflow Transition", self.removed, "allowed", "Lab Director")
		self._set("Workspace", self.workspace, "title", self.TEXT)
		frappe.db.commit()

	def _set(self, doctype: str, name: str, field: str, value: str) -> None:
		before, modified = frappe.db.get_value(doctype, name, (field, "modified"))
		self._before.append((doctype, name, field, before, value, modified))
		frappe.db.set_value(doctype, name, field, value)

	def survived(self) -> dict[str, bool]:
		return {row[0]: frappe.db.get_value(*row[:3]) == row[4] for row in self._before}

	def undo(self) -> None:
		# The time of the change too: a workspace newer than its file is never brought up to date again.
		for doctype, name, field, before, _value, modified in self._before:
			frappe.db.set_value(doctype, name, {field: before, "modified": modified}, update_modified=False)
		frappe.db.commit()


@contextmanager
def connected(profile: Profile) -> Iterator[None]:
	"""A connection to the test site as the administrator, for the whole module."""
	with chdir(profile.sites):
		frappe.init(site=profile.site, sites_path=str(profile.sites), force=True)
		frappe.connect()
		try:
			yield
		finally:
			frappe.destroy()


@pytest.fixture(scope="module")
def migrated(profile: Profile, stores: None) -> Iterator[dict]:
	"""The site, installed and migrated once by the set-up, is changed by an administrator and migrated
	again."""
	with connected(profile):
		edits = Edits()
		edits.make()
		before = {"structure": structure(), "rows": snapshot()}
		frappe.db.commit()
		try:
			bench_site.frappe(profile, "migrate")
			frappe.db.rollback()
			after = {"structure": structure(), "rows": snapshot()}
			yield {"before": before, "after": after, "survived": edits.survived()}
		finally:
			frappe.db.rollback()
			edits.undo()
			frappe.clear_cache()


def test_no_table_changes_its_structure(migrated):
	for what in ("columns", "indexes"):
		before, after = (set(migrated[when]["structure"][what]) for when in ("before", "after"))
		assert (before - after, after - before) == (set(), set())


@pytest.mark.parametrize("table", BROUGHT)
def test_nothing_is_added_changed_or_removed(migrated, table):
	before, after = (migrated[when]["rows"][table] for when in ("before", "after"))
	assert (list(before - after), list(after - before)) == ([], [])


@pytest.mark.parametrize(
	"doctype", ["Message Template", "Workflow State", "Workflow Transition", "Workspace"]
)
def test_an_administrators_edit_survives(migrated, doctype):
	assert migrated["survived"][doctype]


def test_there_is_something_to_compare(migrated):
	for table in (
		"Workflow",
		"Workspace",
		"Message Template",
		"Consent Form",
		"Booking Policy",
		"Print Format",
	):
		assert migrated["before"]["rows"][table], table
