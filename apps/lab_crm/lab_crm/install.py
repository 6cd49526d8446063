"""What a site needs besides its DocTypes. Every step may be repeated and keeps what people changed."""

import frappe

ROLES = (
	"Lab Director",
	"Lab Administrator",
	"Lab Receptionist",
	"Lab Operator",
	"Lab Nurse",
	"Lab Doctor",
	"Lab Marketer",
	"Lab Accountant",
	"Lab Corporate Manager",
	"Lab Integration",
)
WEBSITE_ROLES = ("Lab Patient", "Lab HR Contact")

# Each module's own set-up, in the order of the floors.
SETUPS: tuple[str, ...] = (
	"lab_crm.privacy.setup.install",
	"lab_crm.messaging.setup.install",
	"lab_crm.booking.setup.install",
	"lab_crm.laboratory.setup.install",
	"lab_crm.lis.setup.install",
	"lab_crm.erp.setup.install",
	"lab_crm.recall.setup.install",
	"lab_crm.desk.install",
	"lab_crm.utils.scheduler.stay_awake",
)


def before_install() -> None:
	"""Create the roles first: DocType permissions name them."""
	create_roles()


def after_install() -> None:
	"""Bring a fresh site to its defaults."""
	run_setups()


def after_migrate() -> None:
	"""Add what a newer version brought."""
	create_roles()
	run_setups()


def create_roles() -> None:
	"""Create missing roles; website roles have no desk."""
	for role in (*ROLES, *WEBSITE_ROLES):
		if not frappe.db.exists("Role", role):
			doc = frappe.new_doc("Role")
			doc.update({"role_name": role, "desk_access": int(role in ROLES)})
			doc.insert(ignore_permissions=True)  # safe: run by install and migrate only


def run_setups() -> None:
	"""Run the modules' set-ups."""
	for path in SETUPS:
		frappe.get_attr(path)()
