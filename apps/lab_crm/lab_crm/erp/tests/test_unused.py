"""Services cancelled after a prepayment: what is owed, what goes back, what receipts say; merged cards."""

from decimal import Decimal

import frappe
import pytest

from lab_crm.booking.tests.support import insert
from lab_crm.erp import balance, counterparts, invoices, money, payers, payments, postings, till, unused
from lab_crm.erp.fiscal import sales
from lab_crm.erp.tests import books_of
from lab_crm.erp.tests.test_bridge import heard
from lab_crm.erp.tests.test_till import CASH, cashier, lab, of, receipts_of, refused  # noqa: F401  (fixtures)
from lab_crm.laboratory import orders
from lab_crm.laboratory.checkin import check_in
from lab_crm.patients import merging
from lab_crm.utils import clock

pytestmark = pytest.mark.usefixtures("kept")
D = Decimal


@pytest.fixture
def booked(lab):  # noqa: F811
	"""An examination of 700 ₽ and a consultation of 300 ₽."""
	lab.talk = lab.make.service(kind="Consultation")
	booking = lab.booking(lab.biochemistry, lab.talk, total=1000)
	for row, price in zip(booking.services, (700, 300), strict=True):
		frappe.db.set_value("Booking Service", row.name, "price", price)
	return booking


def prepaid(booking, amount: int, posted: bool = True, **fields):
	number = frappe.generate_hash(length=10)
	values = {"patient": booking.patient, "booking": booking.name, "status": "Applied", "amount": amount}
	values |= {"currency": "RUB", "received_at": clock.now(), "provider": "offline", "payment_id": number}
	doc = insert("Patient Payment", **values, payment_key=f"offline:{number}", **fields)
	if posted:
		postings.paid(frappe._dict(details={"payment": doc.name}))
	return doc


def arrive(booking, charged: bool = True) -> str:
	visit = check_in(booking.name)["visit"]
	if charged:
		postings.checked_in(frappe._dict(visit=visit))
	return visit


def cancel(visit: str) -> None:
	"""Cancel the visit's order: the examination is not made, the consultation is."""
	order = frappe.db.get_value("Lab Order", {"visit": visit})
	orders.set_cancelled(order, "Пациент отказался")
	for _ in range(2):
		heard("order.cancelled", {"lab_order": order}, postings.order_cancelled)


def settle(visit: str) -> list:
	"""Let the visit's `invoice.paid` be heard; return its events."""
	names = frappe.get_all("Journey Event", {"event": "invoice.paid", "visit": visit}, pluck="name")
	found = [frappe.get_doc("Journey Event", name) for name in names]
	for event in found:
		sales.settled(event)
	return found


def refund(payment) -> None:
	"""Record a refund and hear of it twice."""
	payments.mark_refunded(payment.name, "переводом")
	for name in frappe.get_all("Journey Event", {"event": "payment.refunded"}, pluck="name"):
		event = frappe.get_doc("Journey Event", name)
		if event.details["payment"] == payment.name:
			postings.refunded(event)


def receipts(about: str) -> list:
	names = frappe.get_all("Fiscal Receipt", {"about": about}, pluck="name", order_by="creation, name")
	return [frappe.get_doc("Fiscal Receipt", name) for name in names]


def lines(receipt) -> list:
	return [(row.amount, row.payment_method) for row in receipt.items]


class TestCancelled:
	def test_what_was_prepaid_beyond_the_rest_goes_back(self, lab, booked, cashier, as_user):  # noqa: F811
		payment = prepaid(booked, 500)
		visit = arrive(booked)
		cancel(visit)
		due = till.due(visit)
		assert (due["owed"], due["credit"], due["balance"]) == (0, 200, -200)
		[event] = settle(visit)
		assert (event.details["amount"], event.details["service"]) == (300, lab.talk.name)
		with as_user("Lab Accountant"):
			doc = frappe.get_doc("Patient Payment", payment.name)
			assert unused.of(doc) == 200
			doc.mark_refunded("переводом")
		refused("NOTHING_TO_REFUND", refund, payment)
		assert balance.of_patient(lab.patient.name).owed == 0
		assert till.due(visit)["credit"] == 0
		assert books_of.is_balanced(payers.of_patient(lab.patient.name))
		[sale] = receipts(visit)
		assert (sale.amount, sale.prepaid) == (300, 300)
		_advance, back = receipts(payment.name)
		assert (back.kind, back.electronic, back.prepaid) == ("Sell Refund", 200, 0)
		assert lines(back) == [(200, "advance")]
		refused("NOTHING_TO_PAY", till.pay, visit, [of(CASH, 700)], "k")

	def test_what_the_till_took_and_what_came_online_go_back_apart(self, lab, booked, cashier):  # noqa: F811
		payment = prepaid(booked, 500)
		visit = arrive(booked)
		till.pay(visit, [of(CASH, 500)], "k")
		cancel(visit)
		till.give_back(visit, [], [of(CASH, 500)], "b", "отказ")
		refund(payment)
		assert balance.of_patient(lab.patient.name).owed == 0
		sell, back = receipts_of(visit)
		assert (sell.amount, sell.cash, sell.prepaid) == (1000, 500, 500)
		assert (back.amount, back.cash, back.prepaid) == (700, 500, 200)
		assert lines(receipts(payment.name)[1]) == [(200, "advance")]

	def test_a_service_that_was_sold_is_named_in_the_refund(self, lab, booked, cashier):  # noqa: F811
		payment = prepaid(booked, 1000)
		visit = arrive(booked)
		settle(visit)
		cancel(visit)
		refund(payment)
		assert balance.of_patient(lab.patient.name).owed == 0
		_advance, back = receipts(payment.name)
		assert (back.electronic, lines(back)) == (700, [(700, "full_payment")])

	def test_an_applied_payment_that_is_needed_does_not_go_back(self, booked):
		payment = prepaid(booked, 500)
		refused("NOTHING_TO_REFUND", refund, payment)
		arrive(booked)
		refused("NOTHING_TO_REFUND", refund, payment)

	def test_cancelled_before_it_was_charged_it_is_not_billed(self, lab, booked):  # noqa: F811
		visit = arrive(booked, charged=False)
		cancel(visit)
		assert invoices.owed(invoices.charge(visit)) == 300
		assert balance.of_patient(lab.patient.name).owed == 300
		assert not settle(visit)

	def test_settled_by_a_return_it_is_announced(self, lab, booked):  # noqa: F811
		visit = arrive(booked)
		invoice = counterparts.of("Visit", visit, invoices.ROLE)
		customer = payers.of_patient(lab.patient.name)
		day = frappe.utils.getdate()
		money.receive(money.Sum(customer, D(300), money.CASH, day, "тест", {invoice: D(300)}))
		assert not settle(visit)
		cancel(visit)
		[event] = settle(visit)
		assert event.details["amount"] == 300

	def test_all_taken_back_nothing_is_paid(self, lab, booked):  # noqa: F811
		visit = arrive(booked)
		invoices.take_back(visit, [lab.biochemistry.name, lab.talk.name], "test")
		assert not settle(visit) and balance.of_patient(lab.patient.name).owed == 0


class TestPrepaid:
	def test_it_counts_before_its_job_has_come_to_it(self, lab, booked):  # noqa: F811
		payment = prepaid(booked, 500, posted=False)
		visit = arrive(booked)
		assert invoices.owed(counterparts.of("Visit", visit, invoices.ROLE)) == 500
		postings.paid(frappe._dict(details={"payment": payment.name}))
		assert books_of.counts(payers.of_patient(lab.patient.name))["Payment Entry"] == 1


class TestMerged:
	@pytest.fixture
	def twin(self, lab):  # noqa: F811
		return lab.make.patient(birth_date=lab.patient.birth_date, sex=lab.patient.sex)

	def merge(self, survivor, lab):  # noqa: F811
		merging.merge(survivor.name, lab.patient.name, "Одна и та же карта", confirmed=True)

	def test_a_card_without_a_customer_takes_that_of_the_merged_one(self, lab, twin):  # noqa: F811
		customer = payers.of_patient(lab.patient.name)
		self.merge(twin, lab)
		assert payers.of_patient(twin.name) == customer

	def test_what_either_has_paid_counts(self, lab, booked, twin):  # noqa: F811
		prepaid(booked, 500)
		customer, other = payers.of_patient(lab.patient.name), payers.of_patient(twin.name)
		money.receive(money.Sum(other, D(100), money.CASH, frappe.utils.getdate(), "тест"))
		self.merge(twin, lab)
		assert balance.of_patient(twin.name).owed == -600
		booked.reload()
		invoice = books_of.invoice(counterparts.of("Visit", arrive(booked), invoices.ROLE))
		assert (invoice.customer, invoice.outstanding_amount) == (customer, 500)
		assert balance.of_patient(twin.name).owed == 400

	def test_a_refund_goes_to_whoever_paid(self, lab, booked, twin):  # noqa: F811
		payment = prepaid(booked, 500)
		customer = payers.of_patient(lab.patient.name)
		payers.of_patient(twin.name)
		payments.release(booked.name, "Проверка")
		self.merge(twin, lab)
		refund(payment)
		assert balance.of_customer(customer).owed == 0
