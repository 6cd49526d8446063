"""Starter recall rules. They are made once, for services that are in the catalogue; an administrator changes them freely."""

import frappe

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


def load() -> None:
	"""Add the starter rules that are missing and whose service is there."""
	for rule in RULES:
		known = frappe.db.exists("Recall Rule", {"rule_name": rule["rule_name"]})
		if not known and frappe.db.exists("Lab Service", rule["service"]):
			doc = frappe.new_doc("Recall Rule")
			doc.update(rule)
			doc.insert(ignore_permissions=True)  # safe: run from the command line only
