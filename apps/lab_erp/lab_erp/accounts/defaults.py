"""Accounts and cost centres that a document takes when it names none."""

import frappe

PARTY_FIELDS = {
	"Customer": ("customer_group", "Customer Group", "default_receivable_account"),
	"Supplier": ("supplier_group", "Supplier Group", "default_payable_account"),
}


def party_account(party_type: str, party: str, company: str) -> str | None:
	"""Return the account that a party's debts stand on: its own, its group's, the company's.

	Args:
		party_type: Customer, Supplier or Employee.
		party: which.
		company: whose books.
	"""
	if party_type == "Employee":
		return frappe.get_cached_value("Company", company, "default_payroll_payable_account")
	group_field, group_type, company_field = PARTY_FIELDS[party_type]
	group = frappe.db.get_value(party_type, party, group_field)
	for parent in (party, group):
		if parent:
			parenttype = party_type if parent == party else group_type
			filters = {"parenttype": parenttype, "parent": parent, "company": company}
			own = frappe.db.get_value("Party Account", filters, "account")
			if own:
				return own
	return frappe.get_cached_value("Company", company, company_field)


def mode_account(mode: str | None, company: str) -> str | None:
	"""Return the account that money of a mode of payment comes to."""
	if not mode:
		return None
	filters = {"parent": mode, "company": company}
	return frappe.db.get_value("Mode of Payment Account", filters, "default_account")


def item_default(item: str, company: str, field: str) -> str | None:
	"""Return a default of an item in a company: its own, or its group's.

	Args:
		item: code of the item.
		company: whose.
		field: field of Item Default.
	"""
	group = frappe.get_cached_value("Item", item, "item_group")
	for parenttype, parent in (("Item", item), ("Item Group", group)):
		filters = {"parenttype": parenttype, "parent": parent, "company": company}
		found = frappe.db.get_value("Item Default", filters, field)
		if found:
			return found
	return None
