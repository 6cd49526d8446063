"""F21: the price of the booking is the price at the till, also when the LIS sends new prices in between."""

import json
from datetime import timedelta

import frappe
import pytest

from lab_crm.booking.tests.support import book, moscow, person
from lab_crm.catalogue import price_book
from lab_crm.erp import invoices, items, till
from lab_crm.erp.tests import books_of
from lab_crm.laboratory.checkin import check_in
from lab_crm.lis import catalogue_changes
from lab_crm.lis.master_files import staging
from lab_crm.lis.tests.arrange import Line
from lab_crm.utils import clock

pytestmark = pytest.mark.usefixtures("kept")


@pytest.fixture
def line(clinic):
	books_of.ready()
	frappe.db.set_single_value("ERP Settings", "fiscal_registrar", "offline")
	return Line(clinic.make)


def price_arrives(line, service: str, amount: int, since: str) -> str:
	"""The LIS sends a price; return the Catalogue Change."""
	text = "\r".join(
		(
			f"MSH|^~\\&|{line.application}|DEMO|LABCRM|DEMO|20270115||MFN^M04^MFN_M04|{service}|P|2.5.1",
			"MFI|CDM||UPD|||AL",
			f"MFE|MUP|1||{service}^Приём^L|CE",
			f"CDM|{service}|||Приём врача",
			f"PRC|{service}||||{amount}&RUB^UP||||||{since}",
			"",
		)
	)
	message = line.process(text)
	assert message.status == "Processed", message.error
	return frappe.db.get_value(staging.CHANGE, {"lis_message": message.name})


def applied(change: str) -> None:
	rows = frappe.get_all(staging.ROW, {"change": change, "status": "To Decide"}, pluck="name")
	assert catalogue_changes.apply(change, json.dumps(rows))["failed"] == 0


def test_the_price_of_the_booking_is_paid_at_the_till(clinic, frozen, line, as_user):
	clinic.make.price(clinic.visit, 2000)
	old = book(clinic, start=moscow(16, 9))
	change = price_arrives(line, clinic.visit, 2300, "20270101")
	assert price_book.price_of(clinic.visit).price == 2000, "it waits for a person"
	applied(change)
	while items.sync():
		pass
	new = book(
		clinic, start=moscow(16, 10), patient={**person(), "mobile": "+79000000102", "first_name": "Вера"}
	)
	assert (old.total, new.total) == (2000, 2300)
	frozen.move_to(moscow(16, 9))
	visits = {booking.name: check_in(booking.name)["visit"] for booking in (old, new)}
	totals = {name: books_of.invoice(invoices.charge(visit)).grand_total for name, visit in visits.items()}
	assert totals == {old.name: 2000, new.name: 2300}
	with as_user("Lab Receptionist") as user:
		frappe.db.set_value("Till Shift", {"open_key": user}, "open_key", None)
		till.open_shift(clinic.branch, 0)
		owed = {name: till.due(visit)["owed"] for name, visit in visits.items()}
		paid = till.pay(visits[old.name], [{"mode": "Cash", "amount": 2000}], "k", tendered=2000)
	assert owed == {old.name: 2000, new.name: 2300}
	assert (paid["amount"], paid["change"]) == (2000, 0)


def test_a_price_of_a_day_to_come_counts_from_that_day_on(clinic, line):
	clinic.make.price(clinic.visit, 2000)
	applied(price_arrives(line, clinic.visit, 2300, "20270117"))
	on = {day: book(clinic, start=moscow(day, 10)).total for day in (16, 17)}
	assert on == {16: 2000, 17: 2300}
	yesterday = clock.now().date() - timedelta(1)
	assert price_book.price_of(clinic.visit, day=yesterday).price == 2000
