"""The text that asks for a prepayment gets the link to pay, where nobody has changed it."""

import frappe

OLD = """Время {{ date }}, {{ time }} мы держим для вас {{ hold_minutes|минуту|минуты|минут }}.
Чтобы запись состоялась, внесите предоплату {{ amount }}. Телефон: {{ clinic_phone }}.
Перенести или отменить: {{ manage_link }}"""
NEW = """Время {{ date }}, {{ time }} мы держим для вас {{ hold_minutes|минуту|минуты|минут }}.
Чтобы запись состоялась, внесите предоплату {{ amount }}.
Оплатить: {{ payment_link }}
Телефон: {{ clinic_phone }}
Перенести или отменить: {{ manage_link }}"""


def execute() -> None:
	"""Change the starter text, and no other."""
	frappe.db.set_value("Message Template", {"event": "booking.prepayment", "body": OLD}, "body", NEW)
