"""Who a person in the portal is: the holder of a phone, and the cards that phone opens.

A phone opens the cards it stands on, and those of the patients whom one of these may represent by law. The
account belongs to the phone: when a number passes to another person, the cards follow the number on them.
"""

import hashlib
import hmac

import frappe
from frappe import _
from frappe.utils.password import get_encryption_key

from lab_crm.patients import person
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal

ROLE = "Lab Patient"
DOMAIN = "portal.invalid"
PICTURE = "/assets/lab_crm/portal/icon.svg"
CARD = ("name", "full_name", "birth_date")
LIVING = {"status": ("!=", "Deceased"), "merged_into": ("is", "not set")}
PARENTS, MAJORITY = ("Mother", "Father"), 18


def cards_of_phone(mobile: str | None) -> list[frappe._dict]:
	"""Return the cards a phone opens, its own first: name, full_name, birth_date.

	Args:
		mobile: E.164.
	"""
	if not mobile:
		return []
	own = frappe.get_all("Patient", {"mobile": mobile, **LIVING}, CARD, order_by="birth_date, name")
	names = {card.name for card in own}
	return [*own, *(card for card in _wards(names) if card.name not in names)]


def _wards(representatives: set[str]) -> list[frappe._dict]:
	"""Return the cards of those whom these patients represent by law; parents until the child is of age."""
	if not representatives:
		return []
	filters = {
		"parenttype": "Patient",
		"patient": ("in", list(representatives)),
		"is_legal_representative": 1,
	}
	rows = frappe.get_all("Patient Relation", filters, ["parent", "relation"])
	if not rows:
		return []
	today = clock.now().date()
	for_life = {row.parent for row in rows if row.relation not in PARENTS}
	cards = frappe.get_all(
		"Patient", {"name": ("in", list({row.parent for row in rows})), **LIVING}, CARD, order_by="full_name"
	)
	return [
		card
		for card in cards
		if card.name in for_life or (card.birth_date and person.age(card.birth_date, today) < MAJORITY)
	]


def own_phone() -> str | None:
	"""Return the phone of the signed-in person, None for an account that no phone was proved for.

	Everybody at the desk may write a phone into their own account: only the account made for a phone counts.
	"""
	mobile = frappe.db.get_value("User", frappe.session.user, "phone")
	return mobile if mobile and frappe.session.user == account_name(mobile) else None


def own_cards() -> list[frappe._dict]:
	"""Return the cards of the signed-in person."""
	return cards_of_phone(own_phone())


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

	Raises:
		Refusal: ACCOUNT_CLOSED (403): an administrator has switched it off.
	"""
	name = account_name(mobile)
	enabled = frappe.db.get_value("User", name, "enabled")
	if enabled is None:
		_make(name, mobile)
	elif not enabled:
		message = _("Your personal account is closed. Call us: we will help")
		raise Refusal("ACCOUNT_CLOSED", message, status=403)
	_link(name, mobile)
	return name


def is_proved(mobile: str) -> bool:
	"""Tell whether somebody has proved by a code to hold a phone (E.164)."""
	return bool(frappe.db.exists("User", account_name(mobile)))


def account_name(mobile: str) -> str:
	"""Return the account's name: the same each time, and it tells nothing of the phone."""
	mark = hmac.new(get_encryption_key().encode(), f"portal:{mobile}".encode(), hashlib.sha256).hexdigest()
	return f"{mark[:24]}@{DOMAIN}"


def _make(name: str, mobile: str) -> None:
	user = frappe.new_doc("User")
	user.update(
		{
			"email": name,
			"first_name": _("Patient"),
			# Its own: the framework makes a Contact of the name, and two of one name made at once collide.
			"last_name": name[:8].upper(),
			# Any: without one the framework asks a stranger's server for a picture.
			"user_image": PICTURE,
			"phone": mobile,
			"user_type": "Website User",
			"send_welcome_email": 0,
			"language": frappe.get_system_settings("language"),
		}
	)
	user.append("roles", {"role": ROLE})
	user.flags.no_welcome_mail = True
	importing = frappe.flags.in_import
	# The framework makes at most 60 users an hour, against strangers who sign up; here everybody has proved a
	# phone that we had, and a morning brings more patients than that.
	frappe.flags.in_import = True
	try:
		# Safe: the person has proved to hold the phone; the role opens nothing but the portal.
		user.insert(ignore_permissions=True, ignore_if_duplicate=True)
	finally:
		frappe.flags.in_import = importing


def _link(name: str, mobile: str) -> None:
	"""Show on the cards which account their phone opens, and only on them."""
	patient = frappe.qb.DocType("Patient")
	frappe.qb.update(patient).set(patient.user, None).where(
		(patient.user == name) & ((patient.mobile != mobile) | patient.mobile.isnull())
	).run()
	frappe.qb.update(patient).set(patient.user, name).where(
		(patient.mobile == mobile) & (patient.user.isnull() | (patient.user != name))
	).run()
