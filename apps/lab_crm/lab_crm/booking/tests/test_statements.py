"""What a booking costs the database, and that what is read once for all is read anew when it was changed."""

import frappe
import pytest

from lab_crm.booking import policy, service
from lab_crm.booking.tests.support import GIVEN, alter, counted_statements, insert, moscow, person
from lab_crm.utils.workflow_states import is_optional

# 37 as measured, and one in hand; the first booking after a change of set-up reads more.
MOST_STATEMENTS = 38


@pytest.fixture
def book(clinic, kept):
	"""`book(minute)` makes a booking of a new patient and returns it."""

	def make(minute: int):
		who = person(mobile=f"+790000012{minute:02}")
		return service.create(clinic.branch, [clinic.blood], moscow(16, 9, minute), who, GIVEN[:2])

	return make


def test_a_booking_costs_few_statements(book):
	book(0)
	with counted_statements() as statements:
		book(10)
	assert len(statements) <= MOST_STATEMENTS, "\n".join(line[:100] for line in statements)
	for doctype in ("Workflow Document State", "Booking Policy"):
		found = [line for line in statements if f"`tab{doctype}`" in line]
		assert len(found) <= 1, found


class TestPolicies:
	def hours(self, doc) -> int:
		return policy.of(doc).cancellation_hours

	@pytest.fixture
	def rules(self, clinic, book):
		"""A booking, and rules made for its branch after they were read once."""
		doc = book(0)
		before = self.hours(doc)
		own = insert(
			"Booking Policy", policy_name="Правила филиала", branch=clinic.branch, cancellation_hours=3
		)
		return doc, own.name, before

	def test_a_new_one_applies_at_once(self, rules):
		assert self.hours(rules[0]) == 3 != rules[2]

	def test_a_changed_one_applies_at_once(self, rules):
		doc, name, _before = rules
		alter("Booking Policy", name, cancellation_hours=5)
		assert self.hours(doc) == 5

	def test_one_that_is_switched_off_applies_no_more(self, rules):
		doc, name, before = rules
		self.hours(doc)
		alter("Booking Policy", name, is_active=0)
		assert self.hours(doc) == before

	def test_a_deleted_one_applies_no_more(self, rules):
		doc, name, before = rules
		self.hours(doc)
		frappe.delete_doc("Booking Policy", name)
		assert self.hours(doc) == before

	def test_another_request_reads_them_anew(self, rules):
		doc, name, before = rules
		self.hours(doc)
		frappe.db.set_value("Booking Policy", name, "is_active", 0)
		frappe.local.request_cache.clear()  # as the framework does between requests
		assert self.hours(doc) == before


class TestWorkflow:
	def test_a_step_that_an_administrator_makes_a_task_becomes_one(self, book):
		assert not self.tasks(book(0))
		workflow = frappe.get_doc("Workflow", "Booking")
		for row in workflow.states:
			row.is_optional_state = int(row.state != "Confirmed")
		workflow.save()
		assert not is_optional("Booking", "Confirmed") and is_optional("Booking", "Held")
		assert self.tasks(book(10))

	def tasks(self, doc) -> list[str]:
		return frappe.get_all("Workflow Action", {"reference_name": doc.name}, pluck="name")

	def test_an_unknown_state_is_not_optional(self, site):
		assert is_optional("Booking", "No Such State") == 0
