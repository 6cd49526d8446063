"""The till: a shift, payments in several ways at once, double clicks, money given back, the count."""

from decimal import Decimal

import frappe
import pytest

from lab_crm.erp import balance, books, counterparts, invoices, money, payers, postings, shifts, till
from lab_crm.erp.fiscal import receipts, sales
from lab_crm.erp.tests import books_of
from lab_crm.laboratory.checkin import check_in
from lab_crm.laboratory.tests.arrange import Laboratory
from lab_crm.utils.errors import Refusal

pytestmark = pytest.mark.usefixtures("kept")
D = Decimal
CASH, CARD, SBP = ({"mode": mode, "amount": 0} for mode in ("Cash", "Card", "SBP"))


def of(mode: dict, amount, **fields) -> dict:
	return {**mode, "amount": amount, **fields}


def refused(code: str, function, *given, **named) -> Refusal:
	with pytest.raises(Refusal) as caught:
		function(*given, **named)
	assert caught.value.code == code, caught.value.message
	return caught.value


@pytest.fixture
def lab(make):
	books_of.ready()
	frappe.db.set_single_value("ERP Settings", "fiscal_registrar", "offline")
	return Laboratory(make)


@pytest.fixture
def cashier(lab, as_user):
	"""The receptionist with an open shift of the branch."""
	with as_user("Lab Receptionist") as user:
		frappe.db.set_value("Till Shift", {"open_key": user}, "open_key", None)  # another test's
		lab.shift = till.open_shift(lab.branch.name, 500)
		yield user


def arrived(lab, *services, **fields) -> str:
	return check_in(lab.booking(*services, **fields).name)["visit"]


def receipts_of(visit: str) -> list:
	names = [visit, *frappe.get_all("Till Operation", {"visit": visit}, pluck="name")]
	found = frappe.get_all(
		"Fiscal Receipt", {"about": ("in", names)}, pluck="name", order_by="creation, name"
	)
	return [frappe.get_doc("Fiscal Receipt", name) for name in found]


class TestPay:
	def test_three_ways_at_once_are_three_payments_and_one_receipt(self, lab, cashier):
		visit = arrived(lab, lab.panel, lab.biochemistry)
		parts = [of(CASH, 800.5), of(CARD, 500, reference="0042"), of(SBP, 499.5, reference="A1")]
		done = till.pay(visit, parts, "k", tendered=1000)
		assert (done["amount"], done["change"], done["created"]) == (1800, 199.5, True)
		invoice = counterparts.of("Visit", visit, invoices.ROLE)
		assert invoices.owed(invoice) == 0
		customer = payers.of_patient(lab.patient.name)
		assert books_of.counts(customer) == {"Sales Invoice": 1, "Payment Entry": 3}
		assert books_of.is_balanced(customer)
		[receipt] = receipts_of(visit)
		assert (receipt.kind, receipt.amount, receipt.cash, receipt.electronic, receipt.prepaid) == (
			"Sell",
			1800,
			800.5,
			999.5,
			0,
		)
		assert [(row.item_name, row.amount) for row in receipt.items] == [
			(lab.panel.service_name, 900),
			(lab.biochemistry.service_name, 900),
		]

	def test_a_double_click_pays_once(self, lab, cashier):
		visit = arrived(lab)
		first, second = (till.pay(visit, [of(CASH, 900)], "k") for _ in range(2))
		assert first["operation"] == second["operation"] and not second["created"]
		refused("NOTHING_TO_PAY", till.pay, visit, [of(CASH, 900)], "another form")
		assert books_of.counts(payers.of_patient(lab.patient.name))["Payment Entry"] == 1
		assert len(receipts_of(visit)) == 1

	@pytest.mark.parametrize("amount", [899.99, 900.01])
	def test_another_sum_is_refused_and_leaves_nothing(self, lab, cashier, amount):
		visit = arrived(lab)
		assert refused("WRONG_SUM", till.pay, visit, [of(CASH, amount)], "k").data == {"owed": 900.0}
		frappe.db.rollback()
		assert not frappe.db.exists("Till Operation", {"visit": visit})

	@pytest.mark.parametrize(
		("parts", "code"),
		[
			([], "BAD_PARTS"),
			([{"mode": "Bonus", "amount": 900}], "BAD_PARTS"),
			(["cash"], "BAD_PARTS"),
			([{"mode": "Cash", "amount": -900}], "BAD_AMOUNT"),
			([{"mode": "Cash", "amount": "NaN"}], "BAD_AMOUNT"),
		],
	)
	def test_nonsense_is_refused(self, lab, cashier, parts, code):
		refused(code, till.pay, arrived(lab), parts, "k")

	def test_less_cash_than_is_paid_in_cash(self, lab, cashier):
		refused("CHANGE_WRONG", till.pay, arrived(lab), [of(CASH, 900)], "k", 800)

	def test_what_an_insurer_owes_is_not_taken_from_the_patient(self, lab, cashier):
		refused("NOT_THE_PATIENTS", till.pay, arrived(lab, funding="DMS"), [of(CASH, 900)], "k")

	def test_an_advance_is_taken_off_and_the_receipt_says_so(self, lab, cashier):
		customer = payers.of_patient(lab.patient.name)
		day = frappe.utils.getdate()
		money.receive(money.Sum(customer, D("400.00"), money.CASH, day, "тест"))
		visit = arrived(lab)
		invoices.charge(visit)
		assert till.due(visit)["owed"] == 500
		till.pay(visit, [of(CARD, 500)], "k")
		[receipt] = receipts_of(visit)
		assert (receipt.amount, receipt.electronic, receipt.prepaid) == (900, 500, 400)

	def test_a_visit_paid_in_advance_has_its_receipt_without_the_till(self, lab, cashier):
		customer = payers.of_patient(lab.patient.name)
		money.receive(money.Sum(customer, D("900.00"), money.CASH, frappe.utils.getdate(), "тест"))
		visit = arrived(lab)
		invoices.charge(visit)
		event = frappe.get_doc("Journey Event", {"event": "invoice.paid", "visit": visit})
		for _ in range(2):
			sales.settled(event)
		[receipt] = receipts_of(visit)
		assert (receipt.amount, receipt.prepaid) == (900, 900)


class TestDue:
	def test_a_registered_receipt_is_shown_to_the_patient(self, lab, cashier):
		visit = arrived(lab)
		till.pay(visit, [of(CASH, 900)], "k")
		[waiting] = till.due(visit)["receipts"]
		assert (waiting["kind"], waiting["amount"], waiting["url"], waiting["qr"]) == ("Sell", 900, None, "")
		url = "https://ofd.example/receipt"
		frappe.db.set_value("Fiscal Receipt", waiting["receipt"], "receipt_url", url)
		[shown] = till.due(visit)["receipts"]
		assert shown["url"] == url and shown["qr"].startswith("<svg")

	def test_without_books_nothing_is_due(self, lab, cashier, monkeypatch):
		visit = arrived(lab)
		assert till.due(visit)["owed"] == 900
		monkeypatch.setattr(books, "companies", lambda: [])
		due = till.due(visit)
		assert (due["visit"], due["owed"], due["credit"], due["shift"]) == (visit, 0, 0, None)
		assert not due["services"] and not any(due["paid"].values())

	@pytest.mark.parametrize("funding", ["OMS", "DMS", "Corporate"])
	def test_what_others_pay_is_not_due(self, lab, cashier, funding):
		visit = arrived(lab, funding=funding)
		assert till.due(visit)["owed"] == 0
		assert invoices.owed(invoices.charge(visit)) == 900
		assert till.due(visit)["owed"] == 0


class TestGiveBack:
	@pytest.fixture
	def paid(self, lab, cashier):
		visit = arrived(lab, lab.panel, lab.biochemistry)
		till.pay(visit, [of(CASH, 1000), of(CARD, 800)], "k")
		return visit

	def test_a_service_that_is_not_done_goes_back_the_way_it_was_paid(self, lab, paid):
		service = lab.biochemistry
		back = till.give_back(paid, [service.name], [of(CASH, 900)], "b", "Пациент отказался")
		again = till.give_back(paid, [service.name], [of(CASH, 900)], "b", "Пациент отказался")
		assert again["operation"] == back["operation"] and not again["created"]
		customer = payers.of_patient(lab.patient.name)
		assert balance.of_patient(lab.patient.name).owed == 0
		assert books_of.counts(customer) == {"Sales Invoice": 2, "Payment Entry": 3}
		assert books_of.is_balanced(customer)
		sell, refund = receipts_of(paid)
		assert (sell.kind, refund.kind) == ("Sell", "Sell Refund")
		assert (refund.amount, refund.cash, refund.prepaid) == (900, 900, 0)
		assert [row.service for row in map(frappe._dict, till.due(paid)["services"])] == [lab.panel.name]

	def test_not_more_by_a_mode_than_was_paid_by_it(self, lab, paid):
		refused("NOT_PAID_SO", till.give_back, paid, [lab.panel.name], [of(CARD, 900)], "b", "отказ")
		refused("NOT_PAID_SO", till.give_back, paid, [lab.panel.name], [of(SBP, 1)], "c", "отказ")

	def test_a_mode_in_two_parts_is_one_mode(self, lab, paid):
		parts = [of(CARD, 500), of(CARD, 400)]
		refused("NOT_PAID_SO", till.give_back, paid, [lab.panel.name], parts, "b", "отказ")

	def test_a_return_is_in_one_receipt(self, lab, paid):
		for service in (lab.panel, lab.biochemistry):
			invoices.take_back(paid, [service.name], service.name)
		till.give_back(paid, [], [of(CASH, 900)], "b", "отказ")
		till.give_back(paid, [], [of(CASH, 100), of(CARD, 800)], "c", "отказ")
		_sell, first, second = receipts_of(paid)
		assert (first.amount, first.cash, first.prepaid) == (1800, 900, 900)
		assert [(row.amount, row.payment_method) for row in second.items] == [(900, "advance")]

	def test_what_was_cancelled_before_the_sale_is_in_no_refund(self, lab, cashier):
		visit = arrived(lab, lab.panel, lab.biochemistry)
		invoices.charge(visit)
		invoices.take_back(visit, [lab.biochemistry.name], "test")
		till.pay(visit, [of(CASH, 900)], "k")
		till.give_back(visit, [lab.panel.name], [of(CASH, 900)], "b", "отказ")
		sell, refund = receipts_of(visit)
		for receipt in (sell, refund):
			assert [row.item_name for row in receipt.items] == [lab.panel.service_name]

	def test_not_more_than_was_returned_and_with_a_reason(self, lab, paid):
		refused("WRONG_SUM", till.give_back, paid, [lab.panel.name], [of(CASH, 901)], "b", "отказ")
		frappe.db.rollback()
		refused("REASON_REQUIRED", till.give_back, paid, [lab.panel.name], [of(CASH, 900)], "b", " ")

	def test_what_is_left_stays_an_advance_and_is_given_back_later(self, lab, paid):
		till.give_back(paid, [lab.panel.name], [of(CASH, 300)], "b", "отказ")
		assert balance.of_patient(lab.patient.name).owed == D("-600.00")
		till.give_back(paid, [], [of(CARD, 600)], "c", "отказ")
		assert balance.of_patient(lab.patient.name).owed == 0
		_sell, first, second = receipts_of(paid)
		assert (first.amount, first.cash, first.prepaid) == (900, 300, 600)
		assert (second.amount, second.electronic, second.items[0].payment_method) == (600, 600, "advance")
		refused("NOTHING_TO_RETURN", till.give_back, paid, [], [of(CASH, 1)], "d", "отказ")

	def test_an_advance_and_a_service_go_back_in_one_receipt(self, lab, paid):
		till.give_back(paid, [lab.panel.name], [of(CASH, 300)], "b", "отказ")
		till.give_back(paid, [lab.biochemistry.name], [of(CASH, 700), of(CARD, 800)], "c", "отказ")
		receipt = receipts_of(paid)[2]
		assert [(row.amount, row.payment_method) for row in receipt.items] == [
			(900, "full_payment"),
			(600, "advance"),
		]
		assert (receipt.cash, receipt.electronic, receipt.prepaid) == (700, 800, 0)
		assert balance.of_patient(lab.patient.name).owed == 0

	def test_a_cancelled_order_is_paid_back(self, lab, paid):
		order = frappe.db.get_value("Lab Order", {"visit": paid})
		frappe.db.set_value("Lab Order", order, "status", "Cancelled")
		postings.order_cancelled(frappe._dict(lab_order=order))
		till.give_back(paid, [], [of(CASH, 1000), of(CARD, 800)], "b", "Заказ отменён")
		assert balance.of_patient(lab.patient.name).owed == 0
		assert receipts_of(paid)[1].amount == 1800


class TestShift:
	def test_without_an_open_shift_nothing_is_taken(self, lab, as_user):
		visit = arrived(lab)
		with as_user("Lab Receptionist"):
			refused("NO_SHIFT", till.pay, visit, [of(CASH, 900)], "k")

	def test_one_shift_a_cashier(self, lab, make, cashier):
		assert till.open_shift(lab.branch.name, 0) == lab.shift
		refused("SHIFT_ELSEWHERE", till.open_shift, make.branch().name, 0)

	def test_closed_it_tells_what_is_missing(self, lab, cashier):
		visit = arrived(lab, lab.panel, lab.biochemistry)
		till.pay(visit, [of(CASH, 1000), of(CARD, 800)], "k")
		till.give_back(visit, [lab.biochemistry.name], [of(CASH, 900)], "b", "отказ")
		shift = frappe.get_doc("Till Shift", lab.shift)
		shift.close(590)
		assert (shift.expected_cash, shift.counted_cash, shift.difference) == (600, 590, -10)
		assert (shift.cash_total, shift.card_total, shift.sales, shift.returns) == (100, 800, 1, 1)
		refused("SHIFT_CLOSED", shift.close, 600)
		refused("NO_SHIFT", till.pay, arrived(lab), [of(CASH, 900)], "z")
		assert till.open_shift(lab.branch.name, 590) != lab.shift

	def test_it_counts_what_the_till_took_while_it_waited(self, lab, cashier, monkeypatch):
		"""A snapshot begun before the lock would not show the last payment."""
		steps = []
		db = frappe.local.db
		read, commit = db.get_value, db.commit
		monkeypatch.setattr(db, "commit", lambda: steps.append("commit") or commit())

		def get_value(doctype, *given, **named):
			if doctype == "Till Shift" and named.get("for_update"):
				steps.append("lock")
			return read(doctype, *given, **named)

		monkeypatch.setattr(db, "get_value", get_value)
		shifts.close(lab.shift, 500)
		assert steps[:2] == ["commit", "lock"]

	def test_another_cashier_does_not_close_it(self, lab, cashier, as_user):
		frappe.db.set_value("Till Shift", lab.shift, "cashier", "Administrator")
		refused("NOT_YOUR_SHIFT", shifts.close, lab.shift, 500)
		with as_user("Lab Director"):
			shifts.close(lab.shift, 500)

	@pytest.mark.parametrize("role", ["Lab Nurse", "Lab Operator", "Lab Accountant"])
	def test_only_the_front_desk_takes_money(self, lab, as_user, role):
		visit = arrived(lab)
		with as_user(role), pytest.raises(frappe.PermissionError):
			till.pay(visit, [of(CASH, 900)], "k")

	def test_money_is_never_edited_or_deleted(self, lab, cashier):
		visit = arrived(lab)
		operation = frappe.get_doc("Till Operation", till.pay(visit, [of(CASH, 900)], "k")["operation"])
		operation.amount = 1
		refused("PAYMENT_KEPT", operation.save, ignore_permissions=True)
		for doctype, name in (("Till Operation", operation.name), ("Till Shift", lab.shift)):
			refused("PAYMENT_KEPT", frappe.delete_doc, doctype, name, ignore_permissions=True)
		assert receipts.DOCTYPE == "Fiscal Receipt"
