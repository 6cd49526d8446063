"""What another laboratory costs comes to the ERP as a draft, once."""

import secrets

import frappe
import pytest

from lab_crm.erp import books, branches, external_costs
from lab_crm.erp.tests import books_of
from lab_crm.laboratory.tests.arrange import Laboratory, fresh, insert
from lab_crm.lis.external import referrals

pytestmark = pytest.mark.usefixtures("kept")


@pytest.fixture
def referral(make):
	"""A referral of two glucoses, 120 ₽ each."""
	books_of.ready()
	lab = Laboratory(make)
	row = {"service": lab.biochemistry.name, "cost": 120.5}
	title = f"Лаборатория {secrets.token_hex(4)}"
	insert("External Laboratory", title=title, channel="Email", email="o@lab-crm.invalid", services=[row])
	names = {name for _ in range(2) for name in referrals.refer(lab.order(status="Draft").name)}
	(name,) = names
	return frappe.get_doc("External Referral", name)


def test_a_draft_is_made_once_for_the_branch_and_the_laboratory(referral):
	name = external_costs.bill(referral.name)
	assert external_costs.bill(referral.name) == name == fresh(referral).purchase_invoice
	doc = frappe.get_doc("Purchase Invoice", name)
	assert (doc.docstatus, doc.grand_total, len(doc.items)) == (0, 241, 2)
	assert frappe.db.get_value("Supplier", doc.supplier, "supplier_name") == referral.laboratory
	assert {row.cost_center for row in doc.items} == {branches.cost_center(referral.branch)}


def test_the_draft_can_be_submitted_by_an_accountant(referral):
	doc = frappe.get_doc("Purchase Invoice", external_costs.bill(referral.name))
	doc.submit()
	rows = frappe.get_all("GL Entry", {"voucher_no": doc.name, "is_cancelled": 0}, ["debit", "credit"])
	assert sum(books.money(row.debit) - books.money(row.credit) for row in rows) == 0 and rows


def test_one_supplier_for_all_referrals_or_the_named_one(referral):
	first = external_costs.supplier_of(referral.laboratory)
	assert external_costs.supplier_of(referral.laboratory) == first
	named = books.new("Supplier", supplier_name=f"Поставщик {referral.name}", supplier_type="Company")
	named.supplier_group = frappe.db.get_value("Supplier", first, "supplier_group")
	named.insert()
	frappe.db.set_value("External Laboratory", referral.laboratory, "supplier", named.name)
	assert external_costs.supplier_of(referral.laboratory) == named.name


def test_what_costs_nothing_or_was_taken_back_makes_no_draft(referral):
	for row in referral.items:
		frappe.db.set_value("External Referral Item", row.name, "state", "Taken Back")
	assert external_costs.bill(referral.name) is None
