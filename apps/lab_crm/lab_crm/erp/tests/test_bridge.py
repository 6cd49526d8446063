"""The bridge to the ERP, on whichever ERP the bench has: who owes what, for how much, and what was paid."""

from decimal import Decimal

import frappe
import pytest

from lab_crm.booking.tests.support import alter, book, events_of, fresh, moscow
from lab_crm.erp import (
	balance,
	books,
	branches,
	counterparts,
	invoices,
	items,
	money,
	payers,
	payments,
	postings,
)
from lab_crm.erp.providers.base import SUCCEEDED, Notification
from lab_crm.erp.tests import books_of
from lab_crm.laboratory import orders
from lab_crm.laboratory.checkin import check_in, check_in_walk_in
from lab_crm.laboratory.tests.arrange import Laboratory

pytestmark = pytest.mark.usefixtures("kept")
D = Decimal
OMS_NUMBER = "123456789"


@pytest.fixture
def lab(make):
	books_of.ready()
	return Laboratory(make)


def arrive(lab, *services, **fields):
	"""Check a booking in, let the bridge hear of it twice; return the visit and its invoice."""
	visit = check_in(lab.booking(*services, **fields).name)["visit"]
	for _ in range(2):
		heard("visit.checked_in", {"visit": visit}, postings.checked_in)
	name = counterparts.of("Visit", visit, invoices.ROLE)
	return visit, name and books_of.invoice(name)


def heard(event: str, filters: dict, subscriber) -> None:
	for name in frappe.get_all("Journey Event", {"event": event, **filters}, pluck="name"):
		subscriber(frappe.get_doc("Journey Event", name))


def given(customer, amount, invoice=None, **fields) -> money.Sum:
	parts = {invoice: D(amount)} if invoice else {}
	day = frappe.utils.getdate()
	return money.Sum(customer, D(amount), fields.pop("mode", money.CASH), day, "тест", parts, **fields)


class TestMasters:
	def test_a_branch_has_its_cost_centre_and_warehouse(self, lab, make):
		center, house = branches.cost_center(lab.branch.name), branches.warehouse(lab.branch.name)
		assert (branches.cost_center(lab.branch.name), branches.warehouse(lab.branch.name)) == (center, house)
		for doctype, name in (("Cost Center", center), ("Warehouse", house)):
			row = frappe.db.get_value(doctype, name, ("company", "is_group"), as_dict=True)
			assert (row.company, row.is_group) == (books.company(), 0)
		twin = make.branch(branch_name=lab.branch.branch_name)
		assert branches.cost_center(twin.name) != center

	def test_namesakes_are_two_customers(self, lab, make):
		twin = make.patient(middle_name=lab.patient.middle_name, birth_date="1990-01-01")
		one, two = payers.of_patient(lab.patient.name), payers.of_patient(twin.name)
		assert one != two and payers.of_patient(lab.patient.name) == one

	def test_services_and_prices_follow_the_catalogue(self, lab, make):
		service = lab.biochemistry
		price = make.price(service.name, 350)
		name = items.write_price(price.name)
		assert items.write_price(price.name) == name
		alter("Service Price", price.name, price=420)
		items.write_price(price.name)
		found = frappe.get_doc("Item Price", name)
		assert (found.item_code, found.price_list_rate, found.price_list) == (
			service.name,
			420,
			items.standard(),
		)
		item = frappe.get_doc("Item", service.name)
		assert (item.item_name, item.is_stock_item) == (service.service_name, 0)

	def test_a_price_of_a_branch_or_payer_has_a_list_of_its_own(self, lab, make):
		own = make.price(lab.biochemistry.name, 300, branch=lab.branch.name, funding="DMS")
		found = frappe.get_doc("Item Price", items.write_price(own.name))
		assert found.price_list != items.standard() and lab.branch.name in found.price_list

	def test_the_scheduler_brings_what_has_changed_and_nothing_twice(self, lab, make):
		service = make.service()
		make.price(service.name, 100)
		while items.sync():
			pass
		assert frappe.db.exists("Item", service.name)
		alter("Lab Service", service.name, service_name="Переименованное исследование", is_active=0)
		assert items.sync() == 1 and items.sync() == 0
		item = frappe.get_doc("Item", service.name)
		assert (item.item_name, item.disabled) == ("Переименованное исследование", 1)


class TestVisit:
	def test_a_visit_is_charged_once_to_the_patient(self, lab):
		visit, invoice = arrive(lab, lab.panel, lab.biochemistry)
		customer = payers.of_patient(lab.patient.name)
		assert (invoice.customer, invoice.docstatus, invoice.outstanding_amount) == (customer, 1, 1800)
		assert [(row.item_code, row.rate) for row in invoice.items] == [
			(lab.panel.name, 900),
			(lab.biochemistry.name, 900),
		]
		assert invoice.cost_center == branches.cost_center(lab.branch.name)
		assert invoices.charge(visit) == invoice.name
		assert books_of.counts(customer)["Sales Invoice"] == 1
		assert books_of.is_balanced(customer)
		assert balance.of_patient(lab.patient.name).owed == D("1800.00")

	def test_the_price_of_the_booking_is_the_price_of_the_invoice(self, clinic, frozen):
		books_of.ready()
		price = clinic.make.price(clinic.visit, 2000)
		booking = book(clinic, start=moscow(16, 9))
		items.write_price(price.name)
		# The price list changes between the booking and the visit.
		alter("Service Price", price.name, price=2700)
		items.write_price(price.name)
		frozen.move_to(moscow(16, 9))
		visit = check_in(booking.name)["visit"]
		invoice = books_of.invoice(invoices.charge(visit))
		assert (booking.total, invoice.grand_total, invoice.items[0].rate) == (2000, 2000, 2000)
		assert frappe.db.get_value("Item Price", {"item_code": clinic.visit}, "price_list_rate") == 2700

	def test_a_walk_in_pays_the_price_of_today_consultations_too(self, lab, make):
		talk = make.service(kind="Consultation")
		make.price(talk.name, 1500)
		visit = check_in_walk_in(lab.patient.name, lab.branch.name, [talk.name], "key")["visit"]
		assert books_of.invoice(invoices.charge(visit)).grand_total == 1500

	@pytest.mark.parametrize(("funding", "number"), [("OMS", OMS_NUMBER), ("DMS", "ДМС-1")])
	def test_the_insurer_of_the_policy_owes(self, lab, funding, number):
		insurer = f"Тестовое страхование {lab.branch.name}"
		lab.patient.append("policies", {"kind": funding, "number": number, "insurer": insurer})
		lab.patient.save()
		_visit, invoice = arrive(lab, funding=funding)
		assert frappe.db.get_value("Customer", invoice.customer, "customer_name") == insurer
		assert invoice.due_date > invoice.posting_date
		assert balance.of_patient(lab.patient.name).owed == 0

	def test_without_a_policy_somebody_must_sort_it_out(self, lab):
		_visit, invoice = arrive(lab, funding="DMS")
		assert "не указан" in frappe.db.get_value("Customer", invoice.customer, "customer_name")

	def test_the_company_of_the_contract_owes(self, lab):
		contract = f"Тестовый договор {lab.branch.name}"
		_visit, invoice = arrive(lab, funding="Corporate", corporate_contract=contract)
		assert frappe.db.get_value("Customer", invoice.customer, "customer_name") == contract

	def test_nothing_to_pay_is_no_invoice(self, lab):
		booking = lab.booking(total=0)
		frappe.db.set_value("Booking Service", {"parent": booking.name}, "price", 0)
		visit = check_in(booking.name)["visit"]
		assert invoices.charge(visit) is None


class TestMoney:
	def test_paid_by_anybody_the_visit_is_announced_once(self, lab):
		visit, invoice = arrive(lab)
		money.receive(given(invoice.customer, "400.00", invoice.name))
		assert not frappe.db.exists("Journey Event", {"event": "invoice.paid", "visit": visit})
		money.receive(given(invoice.customer, "500.00", invoice.name, mode=money.CARD))
		invoices.announce_paid(invoice.name)
		assert books_of.invoice(invoice.name).status == "Paid"
		[event] = frappe.get_all("Journey Event", {"event": "invoice.paid", "visit": visit}, pluck="name")
		event = frappe.get_doc("Journey Event", event)
		assert (event.invoice, event.patient) == (invoice.name, lab.patient.name)
		assert event.details == {"amount": 900.0, "payer": invoice.customer, "service": lab.panel.name}
		assert books_of.is_balanced(invoice.customer)

	def test_advance_charge_refund(self, lab):
		customer = payers.of_patient(lab.patient.name)
		money.receive(given(customer, "1000.00"))
		assert balance.of_patient(lab.patient.name).owed == D("-1000.00")
		visit, invoice = arrive(lab)
		assert (invoice.outstanding_amount, invoice.status) == (0, "Paid")
		assert frappe.db.exists("Journey Event", {"event": "invoice.paid", "visit": visit})
		assert balance.of_patient(lab.patient.name) == balance.Balance(D("900.00"), D("1000.00"))
		money.give_back(given(customer, "100.00"))
		assert balance.of_patient(lab.patient.name).owed == 0
		# What has gone back pays for nothing.
		_visit, next_one = arrive(lab)
		assert next_one.outstanding_amount == 900
		assert books_of.is_balanced(customer)

	def test_a_cancelled_order_is_taken_back(self, lab):
		visit, invoice = arrive(lab, lab.panel, lab.biochemistry)
		order = frappe.db.get_value("Lab Order", {"visit": visit})
		money.receive(given(invoice.customer, "1800.00", invoice.name))
		orders.set_cancelled(order, "Пациент отказался")
		for _ in range(2):
			heard("order.cancelled", {"lab_order": order}, postings.order_cancelled)
		returns = frappe.get_all(
			"Sales Invoice",
			{"return_against": invoice.name},
			["docstatus", "grand_total"],
		)
		assert returns == [{"docstatus": 1, "grand_total": -1800}]
		# ERPNext lets the return itself stand for the debt.
		assert list(invoices.credits(invoice.name).values()) == [D("1800.00")]
		assert invoices.owed(invoice.name) == D("-1800.00")
		assert balance.of_patient(lab.patient.name).owed == D("-1800.00")
		assert books_of.is_balanced(invoice.customer)

	def test_an_unpaid_charge_taken_back_is_owed_no_more(self, lab):
		visit, invoice = arrive(lab, lab.panel, lab.biochemistry)
		invoices.take_back(visit, [lab.panel.name], "test")
		assert books_of.invoice(invoice.name).outstanding_amount == 900
		assert invoices.take_back(visit, [lab.panel.name], "again") is None
		assert balance.of_patient(lab.patient.name).owed == D("900.00")


class TestPrepayment:
	@pytest.fixture
	def prepaid(self, paid_booking):
		books_of.ready()
		doc, link = paid_booking
		note = Notification(f"{link.name}-1", SUCCEEDED, D("1000.00"), "RUB", link.name)
		payments.receive("offline", note)
		self.hear(doc, "payment.received", postings.paid)
		return fresh(doc)

	def hear(self, doc, event, subscriber):
		for one in events_of(doc.name, event) * 2:
			subscriber(one)

	def payment(self, doc):
		return frappe.get_doc("Patient Payment", {"booking": doc.name})

	def test_it_is_the_patients_advance_and_pays_for_its_own_visit(self, prepaid, frozen):
		customer = payers.of_patient(prepaid.patient)
		assert books_of.counts(customer) == {"Sales Invoice": 0, "Payment Entry": 1}
		assert balance.of_patient(prepaid.patient).owed == D("-1000.00")
		frozen.move_to(prepaid.start)
		visit = check_in(prepaid.name)["visit"]
		assert invoices.owed(invoices.charge(visit)) == D("1000.00")
		assert balance.of_patient(prepaid.patient).owed == D("1000.00")

	def test_it_pays_for_no_other_visit(self, prepaid, clinic):
		other = check_in_walk_in(prepaid.patient, clinic.branch, [clinic.visit], "key")["visit"]
		assert invoices.owed(invoices.charge(other)) == D("2000.00")

	def test_refunded_it_has_gone_back(self, prepaid):
		payments.release(prepaid.name, "Проверка")
		self.hear(prepaid, "payment.to_refund", postings.paid)
		payments.mark_refunded(self.payment(prepaid).name, "переводом")
		self.hear(prepaid, "payment.refunded", postings.refunded)
		customer = payers.of_patient(prepaid.patient)
		assert books_of.counts(customer)["Payment Entry"] == 2
		assert balance.of_patient(prepaid.patient) == balance.Balance(D(0), D(0))
		assert books_of.is_balanced(customer)


class TestCounterparts:
	def test_a_deleted_document_is_made_anew(self, lab):
		first = items.of(lab.biochemistry.name)
		frappe.delete_doc("Item", first, force=True, ignore_permissions=True)
		assert items.of(lab.biochemistry.name) == first and frappe.db.exists("Item", first)
		assert frappe.db.count(counterparts.DOCTYPE, {"subject": lab.biochemistry.name}) == 1

	def test_the_cashier_needs_no_rights_in_the_erp(self, lab, as_user):
		with as_user("Lab Receptionist") as user:
			_visit, invoice = arrive(lab)
			assert invoice.docstatus == 1 and frappe.session.user == user
			assert not frappe.has_permission("Sales Invoice", "read")

	def test_a_company_of_the_settings_must_exist(self, site):
		settings = frappe.get_doc("ERP Settings")
		settings.company = "нет такой"
		with pytest.raises(frappe.ValidationError):
			settings.save()


class TestRemarks:
	def test_what_the_erp_remarks_is_not_shown_to_who_takes_the_money(self, site):
		frappe.clear_messages()
		frappe.msgprint("до")
		with books.as_system():
			frappe.msgprint("замечание о документах ERP")
		assert len(frappe.get_message_log()) == 1

	def test_why_it_refuses_is_shown(self, site):
		frappe.clear_messages()
		with pytest.raises(frappe.ValidationError), books.as_system():
			frappe.throw("отказ")
		assert len(frappe.get_message_log()) == 1
