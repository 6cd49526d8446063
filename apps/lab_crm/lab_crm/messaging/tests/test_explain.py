"""Why a message went or not, in the words of those who read it."""

import frappe

from lab_crm.messaging.addressee import explain
from lab_crm.messaging.decide import EXPLANATIONS, Decision


def test_the_staff_read_their_language_whoever_asked_for_the_message(site, monkeypatch):
	monkeypatch.setattr(frappe.local, "lang", "en")  # a guest's browser, or a job
	decision = Decision(False, "NO_CONSENT", {"purpose": "Marketing"})
	assert explain(decision) == "Не отправлено: нет согласия «Реклама»"


def test_every_reason_is_told_in_russian(site):
	details = {"purpose": "Marketing", "until": "09:00", "channel": "SMS", "sent": 1, "cap": 1, "days": 7}
	for code in EXPLANATIONS:
		assert explain(Decision(True, code, details)).startswith(
			("Отправлено", "Отложено", "Не отправлено")
		), code
