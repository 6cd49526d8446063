"""The warehouses of a new company."""

import frappe


def create(company) -> None:
	"""Make the root of a company's warehouses and one store.

	Args:
		company: the Company document.
	"""
	root = _warehouse(company, "All Warehouses", None)
	_warehouse(company, "Stores", root)


def _warehouse(company, name: str, parent: str | None) -> str:
	warehouse = frappe.new_doc("Warehouse")
	warehouse.update({"warehouse_name": name, "company": company.name, "parent_warehouse": parent})
	warehouse.is_group = int(not parent)
	warehouse.insert(ignore_permissions=True)  # safe: the right to make a company includes its warehouses
	return warehouse.name
