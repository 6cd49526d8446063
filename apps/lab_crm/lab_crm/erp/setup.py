"""What payments need on a site: an offer that patients accept. An administrator's versions stay."""

from pathlib import Path

import frappe

STARTER = Path(__file__).parent / "starter" / "payment_offer.html"
TITLE = "Условия предоплаты записи"
SHORT_TEXT = "Согласен с условиями предоплаты."


def install() -> None:
	"""Publish the starter offer when there is none at all; called at installation and after migrations."""
	if frappe.db.count("Payment Offer"):
		return
	doc = frappe.new_doc("Payment Offer")
	doc.update({"title": TITLE, "short_text": SHORT_TEXT, "text": STARTER.read_text(encoding="utf-8")})
	doc.flags.ignore_permissions = True  # safe: run by install and migrate only
	doc.insert()
	doc.publish()
