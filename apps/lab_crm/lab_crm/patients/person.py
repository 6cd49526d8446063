"""What is known of a person before a card is found: checked, tidied, comparable."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from frappe import _

from lab_crm.patients import person_names, phones, snils
from lab_crm.utils.errors import Refusal

SEXES = ("Female", "Male", "Unknown")
MAX_AGE = 120


@dataclass(frozen=True)
class Person:
	"""A checked description of one person."""

	last_name: str
	first_name: str
	middle_name: str
	birth_date: date
	sex: str = "Unknown"
	mobile: str | None = None
	email: str | None = None
	snils: str | None = None
	extra: dict[str, Any] = field(default_factory=dict, compare=False)

	@property
	def identity_key(self) -> str | None:
		"""The key by which the database keeps one card a person."""
		return identity_key(self.last_name, self.first_name, self.birth_date, self.mobile, self.email)


def identity_key(
	last_name: str, first_name: str, birth_date: date, mobile: str | None, email: str | None
) -> str | None:
	"""Return the key of a person: contact, folded name and birth date; None without a contact.

	The patronymic is left out because patients often leave it out. Twins on one phone differ by the first
	name. Two namesakes born on one day exist, so without a phone or an email nothing is taken for the same
	person.
	"""
	contact = mobile or (email or "").lower()
	if not contact:
		return None
	parts = (contact, person_names.fold(last_name), person_names.fold(first_name), birth_date.isoformat())
	return hashlib.sha256("|".join(parts).encode()).hexdigest()


def from_dict(given: Mapping[str, Any], today: date) -> Person:
	"""Check and tidy a description of a person.

	Args:
		given: last_name, first_name, birth_date (date or ISO text) and optionally middle_name, sex, mobile,
			email, snils; what is not known here goes to `extra`.
		today: current date of the laboratory.

	Raises:
		Refusal: NAME_REQUIRED, NAME_INVALID, BIRTH_DATE_REQUIRED, BIRTH_DATE_INVALID, SEX_INVALID,
			PHONE_INVALID, EMAIL_INVALID, SNILS_INVALID, each with its field.
	"""
	known = {"last_name", "first_name", "middle_name", "birth_date", "sex", "mobile", "email", "snils"}
	return Person(
		last_name=require_name(given.get("last_name"), "last_name"),
		first_name=require_name(given.get("first_name"), "first_name"),
		middle_name=require_name(given.get("middle_name"), "middle_name", optional=True),
		birth_date=require_birth_date(given.get("birth_date"), today),
		sex=_require_sex(given.get("sex")),
		mobile=phones.require(given.get("mobile")),
		email=require_email(given.get("email")),
		snils=snils.require(given.get("snils")),
		extra={key: value for key, value in given.items() if key not in known},
	)


def require_name(written: str | None, fieldname: str, optional: bool = False) -> str:
	"""Return a tidied part of a name.

	Raises:
		Refusal: NAME_REQUIRED, NAME_INVALID. Names go into messages, so links and digits are no names.
	"""
	text = person_names.tidy(written)
	if not text:
		if optional:
			return ""
		raise Refusal("NAME_REQUIRED", _("Enter the last name and the first name"), field=fieldname)
	if not person_names.is_name(text):
		raise Refusal("NAME_INVALID", _("A name consists of letters, spaces and hyphens"), field=fieldname)
	return text


def require_birth_date(given: date | str | None, today: date) -> date:
	"""Return the birth date of a living person.

	Raises:
		Refusal: BIRTH_DATE_REQUIRED, BIRTH_DATE_INVALID.
	"""
	if not given:
		raise Refusal("BIRTH_DATE_REQUIRED", _("Enter the birth date"), field="birth_date")
	try:
		born = given if isinstance(given, date) else date.fromisoformat(str(given).strip()[:10])
	except ValueError:
		raise _wrong_birth_date() from None
	if born > today or today.year - born.year > MAX_AGE:
		raise _wrong_birth_date()
	return born


def require_email(written: str | None) -> str | None:
	"""Return a trimmed email address, None for an empty one.

	Raises:
		Refusal: EMAIL_INVALID.
	"""
	from frappe.utils import validate_email_address

	text = (written or "").strip()
	if not text:
		return None
	if len(text) > 140 or "," in text or not validate_email_address(text):
		raise Refusal("EMAIL_INVALID", _("The email address is wrong"), field="email")
	return text


def age(born: date, on: date) -> int:
	"""Return full years of age on a day."""
	return on.year - born.year - ((on.month, on.day) < (born.month, born.day))


def _require_sex(given: str | None) -> str:
	sex = given or "Unknown"
	if sex not in SEXES:
		raise Refusal("SEX_INVALID", _("One of these is expected: {0}").format(", ".join(SEXES)), field="sex")
	return sex


def _wrong_birth_date() -> Refusal:
	return Refusal("BIRTH_DATE_INVALID", _("The birth date is wrong"), field="birth_date")
