"""The one-time code by SMS.

A worker decides whether the phone is a patient's: whoever asks for a code waits equally long in either case,
and cannot tell.
"""

import frappe

from lab_crm.messaging import outbox, settings
from lab_crm.messaging.delivery import QUEUE
from lab_crm.patients import one_time_codes, portal_access
from lab_crm.utils.names import random_name


def ask(mobile: str) -> None:
	"""Have a code sent to a phone, if it is a patient's.

	Args:
		mobile: E.164.

	Raises:
		Refusal: TOO_MANY_CODES (429), whether it is a patient's or not.
	"""
	one_time_codes.ask(mobile)
	frappe.enqueue("lab_crm.messaging.sign_in_code.send", queue=QUEUE, mobile=mobile)


def send(mobile: str) -> None:
	"""Make a code and queue its message, where the phone opens a card (worker)."""
	if not portal_access.cards_of_phone(mobile):
		return
	values = {"code": one_time_codes.issue(mobile), "minutes": one_time_codes.LIFE_SECONDS // 60}
	outbox.queue(
		"portal.code",
		context=values,
		channel=settings.first_channel("SMS"),
		occasion=random_name("CODE", 16),
		address=mobile,
	)
