"""How the desk looks to laboratory staff: their own workspaces, and set-up for their administrator."""

import frappe
from frappe.permissions import add_permission, update_permission_property

# What an administrator of the laboratory changes without code, in the framework's own DocTypes.
SETUP_DOCTYPES = (
	"Workflow",
	"Workflow State",
	"Workflow Action Master",
	"Notification",
	"Assignment Rule",
	"Auto Repeat",
	"Webhook",
	"Print Format",
	"Letter Head",
	"User Permission",
	"Data Import",
	"Customize Form",
	"Custom Field",
	"Property Setter",
)
RIGHTS = ("write", "create", "delete", "print", "export")
# What these refer to: looked up, not changed.
LOOKED_UP = ("DocType", "Role")
PAGES = ("workflow-builder",)
ADMINISTRATOR = "Lab Administrator"


def install() -> None:
	"""Set the desk up. Idempotent; what an administrator changed later stays."""
	grant_setup_doctypes()
	open_setup_pages()
	keep_framework_workspaces_to_system_managers()


def grant_setup_doctypes() -> None:
	"""Give the laboratory's administrator the framework's set-up DocTypes."""
	for doctype in (*SETUP_DOCTYPES, *LOOKED_UP):
		if frappe.db.exists("Custom DocPerm", {"parent": doctype, "role": ADMINISTRATOR, "permlevel": 0}):
			continue
		add_permission(doctype, ADMINISTRATOR, 0)
		for right in RIGHTS if doctype in SETUP_DOCTYPES else ():
			update_permission_property(doctype, ADMINISTRATOR, 0, right, 1, validate=False)


def open_setup_pages() -> None:
	"""Let the laboratory's administrator open the framework's set-up pages, beside those who may already."""
	for page in PAGES:
		if frappe.db.exists("Custom Role", {"page": page}):
			continue
		doc = frappe.new_doc("Custom Role")
		standard = frappe.get_all("Has Role", {"parenttype": "Page", "parent": page}, pluck="role")
		doc.update({"page": page, "roles": [{"role": role} for role in (*standard, ADMINISTRATOR)]})
		doc.insert(ignore_permissions=True)  # safe: run by install and migrate only


def keep_framework_workspaces_to_system_managers() -> None:
	"""Show the framework's own workspaces to system managers only: others see bookings, not modules."""
	modules = frappe.get_all("Module Def", filters={"app_name": "frappe"}, pluck="name")
	names = frappe.get_all("Workspace", filters={"public": 1, "module": ("in", modules)}, pluck="name")
	for name in names:
		if not frappe.db.exists("Has Role", {"parenttype": "Workspace", "parent": name}):
			role = frappe.new_doc("Has Role")
			role.update(
				{
					"parenttype": "Workspace",
					"parent": name,
					"parentfield": "roles",
					"role": "System Manager",
					"idx": 1,
				}
			)
			# The row alone: saving the workspace itself would rewrite the framework's file in developer mode.
			role.db_insert()
	frappe.clear_cache()
