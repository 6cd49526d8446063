"""The booking tests' clinic, clock and transaction; payments by the offline provider."""

import frappe
import pytest
import time_machine

from lab_crm.booking.tests.conftest import NOW, clinic, frozen, kept  # noqa: F401  (fixtures)
from lab_crm.booking.tests.support import book, insert, moscow
from lab_crm.erp import links


@pytest.fixture
def paid_booking(clinic):  # noqa: F811
	"""A booking of 2000 ₽ that is held until half of it is paid, and its link."""
	clinic.make.price(clinic.visit, 2000)
	frappe.db.set_single_value("ERP Settings", "payment_provider", "offline")
	insert(
		"Booking Policy", policy_name=clinic.branch, branch=clinic.branch, prepay_always=1, prepay_percent=50
	)
	doc = book(clinic, start=moscow(18, 10))
	return doc, links.of(doc)


@pytest.fixture
def noon():
	"""The clock goes on from noon of `NOW`, so that no test meets midnight."""
	with time_machine.travel(NOW, tick=True):
		yield
