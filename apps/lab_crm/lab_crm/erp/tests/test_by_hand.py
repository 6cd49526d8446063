"""What concerns money is not written by hand: people may, the records' own code alone does."""

import frappe
import pytest

from lab_crm.erp import till
from lab_crm.erp.tests.test_till import CASH, arrived, cashier, lab, of, refused  # noqa: F401  (fixtures)
from lab_crm.utils import clock

pytestmark = pytest.mark.usefixtures("kept", "cashier")


@pytest.fixture
def visit(lab, cashier):  # noqa: F811
	return frappe.get_doc("Visit", arrived(lab))


class TestTill:
	@pytest.mark.parametrize("kind", ["Sale", "Return"])
	def test_an_operation_is_made_by_the_till_only(self, lab, visit, kind):  # noqa: F811
		values = {"shift": lab.shift, "branch": visit.branch, "kind": kind, "at": clock.now()}
		values |= {"patient": visit.patient, "visit": visit.name, "amount": 900, "request_key": "рука"}
		values |= {"parts": [of(CASH, 900)], "flags": {"from_till": 1}}
		refused("NOT_BY_HAND", frappe.get_doc({"doctype": "Till Operation", **values}).insert)

	def test_a_part_is_not_added_to_an_operation(self, lab, visit):  # noqa: F811
		made = till.pay(visit.name, [of(CASH, 900)], "k")["operation"]
		parent = {"parent": made, "parenttype": "Till Operation", "parentfield": "parts"}
		row = frappe.get_doc({"doctype": "Till Payment", **parent, **of(CASH, 5)})
		refused("WRITTEN_WITH_PARENT", row.insert)

	@pytest.mark.parametrize("change", [{"opening_cash": 0}, {"status": "Closed"}, {"cashier": "Guest"}])
	def test_a_shift_is_not_edited(self, lab, change):  # noqa: F811
		shift = frappe.get_doc("Till Shift", lab.shift)
		shift.update(change)
		refused("PAYMENT_KEPT", shift.save)

	def test_a_new_shift_has_no_results(self, lab, cashier):  # noqa: F811
		frappe.db.set_value("Till Shift", lab.shift, "open_key", None)
		values = {"branch": lab.branch.name, "opening_cash": 5, "cash_total": 700, "counted_cash": 5}
		shift = frappe.get_doc({"doctype": "Till Shift", **values}).insert()
		assert (shift.opening_cash, shift.cash_total or 0, shift.counted_cash or 0) == (5, 0, 0)
		assert (shift.cashier, shift.status) == (cashier, "Open")


class TestVisit:
	@pytest.mark.parametrize(
		"change", [{"total": 1}, {"funding": "DMS"}, {"booking": None}, {"services": []}]
	)
	def test_what_was_bought_and_who_pays_stays(self, visit, change):
		visit.update(change)
		refused("VISIT_PRICED", visit.save)

	def test_its_prices_stay(self, visit):
		visit.services[0].price = 1
		refused("VISIT_PRICED", visit.save)

	def test_not_by_a_row_either(self, visit):
		row = frappe.get_doc("Booking Service", visit.services[0].name)
		row.price = 1
		refused("WRITTEN_WITH_PARENT", row.save)

	def test_a_visit_made_by_hand_has_no_price(self, visit, lab):  # noqa: F811
		values = {"patient": visit.patient, "branch": visit.branch}
		rows = [{"service": lab.panel.name, "price": 1}]
		priced = frappe.get_doc({"doctype": "Visit", **values, "services": rows, "total": 1})
		refused("VISIT_PRICED", priced.insert)
		assert frappe.get_doc({"doctype": "Visit", **values}).insert().name

	def test_the_rest_of_it_is_edited(self, visit):
		visit.notes = "Просит позвонить"
		visit.save()
		assert frappe.db.get_value("Visit", visit.name, "notes") == "Просит позвонить"
