"""What payments need on a site: an offer that patients accept, the workflows of insurers' documents.

Made when missing, never changed afterwards: an administrator edits them without code.
"""

from pathlib import Path

import frappe

from lab_crm.utils import workflow

STARTER = Path(__file__).parent / "starter" / "payment_offer.html"
TITLE = "Условия предоплаты записи"
SHORT_TEXT = "Согласен с условиями предоплаты."

BY_FRONT_DESK = ("Lab Receptionist", "Lab Operator", "Lab Accountant", "Lab Director")
BY_ACCOUNTANT = ("Lab Accountant", "Lab Director")
LETTER_STATES = {
	"Requested": "Warning",
	"Approved": "Success",
	"Rejected": "Danger",
	"Expired": "Inverse",
	"Exhausted": "Info",
}
# (from, action, to, roles, condition); Expired and Exhausted are the system's own moves.
LETTER_TRANSITIONS = (
	("Requested", "Approve", "Approved", BY_ACCOUNTANT, None),
	("Requested", "Reject", "Rejected", BY_ACCOUNTANT, None),
	("Approved", "Withdraw", "Rejected", BY_ACCOUNTANT, None),
	("Rejected", "Request Again", "Requested", BY_FRONT_DESK, "not doc.used_quantity"),
)
REGISTER_STATES = {
	"Draft": "Warning",
	"Sent": "Primary",
	"Partly Refused": "Danger",
	"Accepted": "Success",
	"Paid": "Inverse",
}
# Paid is the system's own move: it comes with the payment.
REGISTER_TRANSITIONS = (
	("Draft", "Send", "Sent", BY_ACCOUNTANT, None),
	("Sent", "Accept", "Accepted", BY_ACCOUNTANT, None),
	("Sent", "Accept in Part", "Partly Refused", BY_ACCOUNTANT, None),
)
APPROVAL_STATES = {"Requested": "Warning", "Approved": "Success", "Rejected": "Danger"}
APPROVAL_TRANSITIONS = (
	("Requested", "Approve", "Approved", ("Lab Director",), None),
	("Requested", "Reject", "Rejected", ("Lab Director",), None),
	("Approved", "Withdraw", "Rejected", ("Lab Director",), None),
)


def install() -> None:
	"""Make what is missing; called at installation and after migrations."""
	workflow.ship("Guarantee Letter", LETTER_STATES, LETTER_TRANSITIONS)
	workflow.ship("Insurer Register", REGISTER_STATES, REGISTER_TRANSITIONS)
	workflow.ship("Purchase Approval", APPROVAL_STATES, APPROVAL_TRANSITIONS)
	publish_offer()


def publish_offer() -> None:
	"""Publish the starter offer when there is none at all."""
	if frappe.db.count("Payment Offer"):
		return
	doc = frappe.new_doc("Payment Offer")
	doc.update({"title": TITLE, "short_text": SHORT_TEXT, "text": STARTER.read_text(encoding="utf-8")})
	doc.flags.ignore_permissions = True  # safe: run by install and migrate only
	doc.insert()
	doc.publish()
