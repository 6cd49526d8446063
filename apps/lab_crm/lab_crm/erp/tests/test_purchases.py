"""Approval of purchases (F81) on whichever ERP the bench has: nothing dear is bought without the director."""

import frappe
import pytest
from frappe.model.workflow import apply_workflow

from lab_crm.erp import books, items, purchases
from lab_crm.erp.tests import books_of
from lab_crm.erp.tests.test_till import refused
from lab_crm.laboratory.tests.arrange import insert
from lab_crm.utils import clock
from lab_crm.utils.names import random_name

pytestmark = pytest.mark.usefixtures("kept")


@pytest.fixture
def supplier(make):
	"""A supplier of the ERP; purchases from 50 000 ₽ on need an approval."""
	books_of.ready()
	frappe.db.set_single_value("ERP Settings", "approve_purchases_from", 50_000)
	group = books.pick("Supplier Group", "Services", "All Supplier Groups")
	name = f"Поставщик {random_name('Т', 6)}"
	doc = books.new("Supplier", supplier_name=name, supplier_group=group)
	supplier = doc.insert(ignore_permissions=True).name
	supplier_item[supplier] = items.of(make.service().name)
	return supplier


supplier_item: dict[str, str] = {}


def bill(supplier: str, amount: float, **fields):
	"""A draft of a supplier's bill."""
	currency = books.setting("default_currency")
	doc = books.new(
		"Purchase Invoice",
		supplier=supplier,
		posting_date=clock.now().date(),
		currency=currency,
		conversion_rate=1,
		bill_no=random_name("Б", 6),
		credit_to=books.setting("default_payable_account"),
		disable_rounded_total=1,
		**fields,
	)
	doc.append(
		"items",
		{
			"item_code": supplier_item[supplier],
			"item_name": "Реагенты",
			"qty": 1,
			"uom": items.unit(),
			"stock_uom": items.unit(),
			"conversion_factor": 1,
			"rate": amount,
			"expense_account": books.setting("default_expense_account"),
			"cost_center": books.setting("cost_center"),
		},
	)
	return doc.insert(ignore_permissions=True)


def contract(supplier: str, **fields):
	terms = {"supplier": supplier, "number": random_name("Д", 6), "valid_from": clock.now().date()}
	return insert("Supplier Contract", **{**terms, **fields})


def approved(doc, **fields) -> str:
	name = purchases.request(doc.doctype, doc.name, **fields)
	apply_workflow(frappe.get_doc("Purchase Approval", name), "Approve")
	return name


def submit(doc) -> None:
	with books.as_system():
		frappe.get_doc(doc.doctype, doc.name).submit()


def test_what_is_cheap_needs_nobody(supplier):
	doc = bill(supplier, 49_999.99)
	assert not purchases.state(doc.doctype, doc.name)["needed"]
	submit(doc)


def test_without_a_threshold_nothing_is_asked(supplier):
	frappe.db.set_single_value("ERP Settings", "approve_purchases_from", 0)
	submit(bill(supplier, 900_000))


def test_the_director_approves_what_is_dear(supplier, as_user):
	doc = bill(supplier, 50_000)
	refused("PURCHASE_NOT_APPROVED", submit, doc)
	with as_user("Lab Accountant") as user:
		if not frappe.has_permission(doc.doctype, "write"):
			pytest.skip("ERPNext gives its own roles the right to purchases")
		first, second = (purchases.request(doc.doctype, doc.name, purpose="Реагенты") for _number in range(2))
		assert first == second
		approval = frappe.get_doc("Purchase Approval", first)
		assert (approval.amount, approval.supplier, approval.requested_by) == (50_000, supplier, user)
		assert approval.supplier_name == doc.supplier_name
		with pytest.raises(frappe.ValidationError):
			apply_workflow(approval, "Approve")
	refused("PURCHASE_NOT_APPROVED", submit, doc)
	with as_user("Lab Director") as director:
		apply_workflow(frappe.get_doc("Purchase Approval", first), "Approve")
	assert frappe.db.get_value("Purchase Approval", first, "decided_by") == director
	state = purchases.state(doc.doctype, doc.name)
	assert (state["status"], state["ask"]) == ("Approved", False)
	submit(doc)
	refused("PURCHASE_SUBMITTED", purchases.request, doc.doctype, doc.name)


def test_the_answer_is_about_the_sum_that_was_asked(supplier):
	doc = bill(supplier, 60_000)
	name = approved(doc)
	doc.reload()
	doc.items[0].rate = 60_000.01
	doc.save(ignore_permissions=True)
	refused("PURCHASE_GREW", submit, doc)
	assert purchases.state(doc.doctype, doc.name)["ask"]
	approval = frappe.get_doc("Purchase Approval", name)
	approval.amount = 100_000
	refused("APPROVAL_FIXED", approval.save)
	approved(doc)
	submit(doc)


def test_a_rejection_says_why(supplier):
	doc = bill(supplier, 60_000)
	approval = frappe.get_doc("Purchase Approval", purchases.request(doc.doctype, doc.name))
	refused("ANSWER_REQUIRED", apply_workflow, approval, "Reject")
	approval.reload()
	approval.answer = "Есть на складе"
	approval.save()
	apply_workflow(approval, "Reject")
	refused("PURCHASE_NOT_APPROVED", submit, doc)


def test_a_contract_bounds_what_is_bought_by_it(supplier):
	agreed = contract(supplier, limit_amount=150_000)
	first, second = bill(supplier, 90_000), bill(supplier, 60_000.01)
	for doc in (first, second):
		approved(doc, contract=agreed.name)
	submit(first)
	refused("CONTRACT_EXCEEDED", submit, second)
	third = bill(supplier, 60_000)
	approved(third, contract=agreed.name)
	submit(third)


def test_a_contract_is_of_its_supplier_and_its_days(supplier, make):
	doc = bill(supplier, 60_000)
	over = contract(supplier, valid_from="2001-01-01", valid_to="2001-12-31")
	assert purchases.state(doc.doctype, doc.name)["contracts"] == []
	approved(doc, contract=over.name)
	refused("CONTRACT_OVER", submit, doc)
	refused("NO_SUPPLIER", contract, "нет такого")
	refused("CONTRACT_DATES_INVALID", contract, supplier, valid_to="2001-01-01")
	with pytest.raises(frappe.UniqueValidationError):
		contract(supplier, number=over.number)
	other = books.new("Supplier", supplier_name=random_name("Другой", 6))
	other.supplier_group = frappe.db.get_value("Supplier", supplier, "supplier_group")
	foreign = contract(other.insert(ignore_permissions=True).name)
	refused("CONTRACT_OF_ANOTHER", purchases.request, doc.doctype, bill(supplier, 70_000).name, foreign.name)


def test_only_purchases_are_approved(supplier, as_user):
	refused("NOT_A_PURCHASE", purchases.state, "Sales Invoice", "нет такого")
	doc = bill(supplier, 60_000)
	with as_user("Lab Receptionist"), pytest.raises(frappe.PermissionError):
		purchases.request(doc.doctype, doc.name)
