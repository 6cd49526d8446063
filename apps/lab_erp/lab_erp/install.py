"""What a site needs besides its DocTypes. Idempotent; overwrites nothing that people changed."""

import frappe

from lab_erp.setup.prices import STANDARD

ROLES = ("Lab Accountant", "Lab Director")

# DocType, its parent field, the root and what stands under it.
TREES = (
	("Customer Group", "All Customer Groups", ("Individual", "Commercial", "Government")),
	("Supplier Group", "All Supplier Groups", ("Local", "Services")),
	("Territory", "All Territories", ("Rest Of The World",)),
	("Item Group", "All Item Groups", ("Services", "Consumable", "Raw Material", "Products")),
)
UOMS = (("Nos", 1), ("Box", 1), ("Pair", 1), ("Kg", 0), ("Gram", 0), ("Litre", 0))
SMALL_UOMS = (("Millilitre", 0), ("Hour", 0), ("Day", 0))
MODES = (("Cash", "Cash"), ("Credit Card", "Bank"), ("Wire Transfer", "Bank"), ("SBP", "Bank"))


STOCK_ENTRY_TYPES = ("Material Receipt", "Material Issue", "Material Transfer")


def before_install() -> None:
	"""Create the roles first: DocType permissions name them."""
	for role in ROLES:
		if not frappe.db.exists("Role", role):
			doc = frappe.new_doc("Role")
			doc.update({"role_name": role, "desk_access": 1})
			doc.insert(ignore_permissions=True)  # safe: run by install only


def after_install() -> None:
	"""Bring a fresh site to its defaults."""
	run_setups()


def after_migrate() -> None:
	"""Add what a newer version brought."""
	before_install()
	run_setups()


def run_setups() -> None:
	"""Make the trees' roots, units and modes of payment that documents start from."""
	for doctype, root, leaves in TREES:
		_tree(doctype, root, leaves)
	for name, whole in UOMS + SMALL_UOMS:
		_once("UOM", {"uom_name": name, "must_be_whole_number": whole})
	for name in STOCK_ENTRY_TYPES:
		if not frappe.db.exists("Stock Entry Type", name):
			doc = frappe.new_doc("Stock Entry Type")
			doc.name, doc.purpose = name, name
			doc.insert(ignore_permissions=True)  # safe: run by install and migrate only
	frappe.get_attr("lab_erp.payroll.starter.components")()
	for name, kind in MODES:
		_once("Mode of Payment", {"mode_of_payment": name, "type": kind})


def price_lists(currency: str) -> None:
	"""Make the two price lists that a company starts with.

	Args:
		currency: code of the currency they are in.
	"""
	for side, name in STANDARD.items():
		_once("Price List", {"price_list_name": name, "currency": currency, "enabled": 1, side: 1})


def _tree(doctype: str, root: str, leaves: tuple[str, ...]) -> None:
	field = frappe.scrub(doctype)
	if frappe.db.count(doctype):
		return
	_once(doctype, {f"{field}_name": root, "is_group": 1})
	for leaf in leaves:
		_once(doctype, {f"{field}_name": leaf, f"parent_{field}": root})


def _once(doctype: str, values: dict) -> None:
	# Each of these is named by its first field.
	name = next(iter(values.values()))
	if not frappe.db.exists(doctype, name):
		doc = frappe.new_doc(doctype)
		doc.update(values)
		doc.insert(ignore_permissions=True)  # safe: run by install, migrate and the set-up wizard only
