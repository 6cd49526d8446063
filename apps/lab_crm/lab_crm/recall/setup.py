"""What recalls need on a site: the Recall workflow and rules to begin with.

Made once, never changed afterwards: an administrator edits both without code, and what was deleted stays so.
"""

import frappe

from lab_crm.utils import workflow

STATES = {"Planned": "Primary", "Sent": "Warning", "Booked": "Success", "Dismissed": "Inverse"}
STAFF = ("Lab Receptionist", "Lab Operator", "Lab Doctor", "Lab Administrator")
# (from, action, to). Everything else follows from messages and bookings.
TRANSITIONS = (
	("Planned", "Dismiss", "Dismissed"),
	("Sent", "Dismiss", "Dismissed"),
	("Dismissed", "Plan Again", "Planned"),
)
LOADED = "lab_crm_recall_rules"  # site default: which starter rules have been made
RULES = (
	{
		"rule_name": "Контроль ТТГ через 6 месяцев",
		"service": "TSH",
		"months": 6,
		"reason": "Врач рекомендовал контроль ТТГ через полгода.",
	},
	{
		"rule_name": "Гликированный гемоглобин раз в 3 месяца",
		"service": "HBA1C",
		"months": 3,
		"reason": "Подошло время проверить гликированный гемоглобин.",
	},
	{
		"rule_name": "Медицинская книжка, продление",
		"service": "CERT-BOOK",
		"event": "recall.certificate",
		"months": 12,
		"lead_days": 31,
		"reason": "Срок медицинской книжки заканчивается.",
	},
)


def install() -> None:
	"""Make what is missing; called at installation and after each migration.

	Starter rules are switched off: whether patients are written to is for people to decide.
	"""
	workflow.ship("Recall", STATES, ((*moved, STAFF, None) for moved in TRANSITIONS))
	load(active=False)


def load(active: bool) -> None:
	"""Make the starter rules that have never been made and whose service is in the catalogue.

	Args:
		active: whether they are switched on.
	"""
	# From the table itself: the cache of defaults may have been filled by a process that cannot see this
	# transaction.
	stored = frappe.db.get_value("DefaultValue", {"parent": "__default", "defkey": LOADED}, "defvalue")
	made = set(frappe.parse_json(stored or "[]"))
	new = [rule for rule in RULES if rule["rule_name"] not in made]
	new = [rule for rule in new if frappe.db.exists("Lab Service", rule["service"])]
	for rule in new:
		if not frappe.db.exists("Recall Rule", {"rule_name": rule["rule_name"]}):
			doc = frappe.new_doc("Recall Rule")
			doc.update({"is_active": int(active), **rule})
			doc.insert(ignore_permissions=True)  # safe: run by install, migrate and the demo's set-up only
	if new:
		made.update(rule["rule_name"] for rule in new)
		frappe.db.set_default(LOADED, frappe.as_json(sorted(made), indent=None))
