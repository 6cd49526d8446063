"""Who a person in the portal is: the holder of a phone, and the cards that phone opens.

A phone opens the cards it stands on, and those of the patients whom one of these may represent by law. The
account belongs to the phone: when a number passes to another person, the cards follow the number on them.
"""

import hashlib
import hmac

import frappe
from frappe import _
from frappe.utils.password import get_encryption_key

from lab_crm.utils.errors import Refusal

ROLE = "Lab Patient"
DOMAIN = "portal.invalid"
CARD = ("name", "full_name", "birth_date")


def cards_of_phone(mobile: str | None) -> list[frappe._dict]:
	"""Return the cards a phone opens, its own first: name, full_name, birth_date.

	Args:
		mobile: E.164.
	"""
	if not mobile:
		return []
	living = {"status": ("!=", "Deceased")}
	own = frappe.get_all("Patient", {"mobile": mobile, **living}, CARD, order_by="birth_date, name")
	names = [card.name for card in own]
	if not names:
		return []
	relation = {"parenttype": "Patient", "patient": ("in", names), "is_legal_representative": 1}
	wards = set(frappe.get_all("Patient Relation", relation, pluck="parent")) - set(names)
	if wards:
		own += frappe.get_all("Patient", {"name": ("in", list(wards)), **living}, CARD, order_by="full_name")
	return own


def own_cards() -> list[frappe._dict]:
	"""Return the cards of the signed-in person."""
	return cards_of_phone(frappe.db.get_value("User", frappe.session.user, "phone"))


def chosen(patient: str | None) -> list[str]:
	"""Return the names of the cards a request is about: the named one, or all of the signed-in person.

	Raises:
		Refusal: NOT_FOUND (404), alike for a foreign card and for one that does not exist.
	"""
	names = [card.name for card in own_cards()]
	if not patient:
		return names
	if patient not in names:
		raise not_found()
	return [patient]


def not_found() -> Refusal:
	"""Return the one answer for what is foreign and for what does not exist."""
	return Refusal("NOT_FOUND", _("There is no such record"), status=404)


def account_of(mobile: str) -> str:
	"""Return the website user of a phone whose code has just been accepted; made at the first sign-in.

	Args:
		mobile: E.164.
	"""
	name = f"{_mark(mobile)}@{DOMAIN}"
	if not frappe.db.exists("User", name):
		_make(name, mobile)
	patient = frappe.qb.DocType("Patient")
	frappe.qb.update(patient).set(patient.user, name).where(patient.mobile == mobile).run()
	return name


def _make(name: str, mobile: str) -> None:
	user = frappe.new_doc("User")
	user.update(
		{
			"email": name,
			"first_name": _("Patient"),
			"phone": mobile,
			"user_type": "Website User",
			"send_welcome_email": 0,
			"language": frappe.get_system_settings("language"),
		}
	)
	user.append("roles", {"role": ROLE})
	user.flags.no_welcome_mail = True
	# Safe: the person has proved to hold the phone; the role opens nothing but the portal.
	user.insert(ignore_permissions=True, ignore_if_duplicate=True)


def _mark(mobile: str) -> str:
	"""Return a name for the account that tells nothing of the phone and is the same each time."""
	return hmac.new(get_encryption_key().encode(), f"portal:{mobile}".encode(), hashlib.sha256).hexdigest()[
		:24
	]
