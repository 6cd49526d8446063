"""The site's books: which company, which of the ERP's masters. ERPNext and lab_erp are one here."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import ROUND_HALF_UP, Decimal

import frappe
from frappe import _

from lab_crm.utils.errors import Refusal

KOPECK = Decimal("0.01")


def available() -> bool:
	"""Say whether the site has an ERP with a company to keep books for."""
	return _company() is not None


def company() -> str:
	"""Return the company whose books are kept: that of ERP Settings, else the site's own.

	Raises:
		Refusal: NO_COMPANY (409).
	"""
	found = _company()
	if not found:
		raise Refusal("NO_COMPANY", _("The site keeps no books: there is no company"), status=409)
	return found


def companies() -> list[str]:
	"""Return the companies of the ERP, the oldest first; none without an ERP."""
	if not frappe.db.exists("DocType", "Sales Invoice"):
		return []
	return frappe.get_all("Company", pluck="name", order_by="creation")


def _company() -> str | None:
	found = companies()
	for asked in (frappe.db.get_single_value("ERP Settings", "company"), frappe.db.get_default("company")):
		if asked in found:
			return asked
	return found[0] if found else None


def setting(field: str) -> str | None:
	"""Return a default of the company (`default_receivable_account`, `cost_center`)."""
	return frappe.get_cached_value("Company", company(), field)


def money(amount: object) -> Decimal:
	"""Return an amount exact to the kopeck."""
	return Decimal(str(amount or 0)).quantize(KOPECK, ROUND_HALF_UP)


def pick(doctype: str, *names: str, **filters) -> str | None:
	"""Return one of the ERP's masters: the first of `names` there is, in English or in the site's language.

	ERPNext names what it ships in the language of its set-up.

	Args:
		doctype: a DocType of the ERP.
		names: English names, the best first; without any of them the first leaf that fits is taken.
		filters: what it must be.
	"""
	for name in names:
		for word in (name, _(name, lang="ru"), _(name, lang="en")):
			if frappe.db.exists(doctype, {"name": word, **filters}):
				return word
	leaf = {"is_group": 0} if frappe.get_meta(doctype).has_field("is_group") else {}
	found = frappe.get_all(doctype, {**leaf, **filters}, pluck="name", order_by="creation, name", limit=1)
	return found[0] if found else None


def root(doctype: str) -> str | None:
	"""Return the root of a tree of the company (Cost Center, Warehouse)."""
	parent = f"parent_{frappe.scrub(doctype)}"
	filters = {"company": company(), "is_group": 1, parent: ("is", "not set")}
	names = frappe.get_all(doctype, filters, pluck="name", order_by="creation", limit=1)
	return names[0] if names else None


def new(doctype: str, **values):
	"""Return a new document of the ERP in the company, with the naming series it must have."""
	doc = frappe.new_doc(doctype)
	series = doc.meta.get_field("naming_series")
	if series and not doc.get("naming_series"):
		doc.naming_series = next(filter(None, (series.options or "").split("\n")), None)
	if doc.meta.has_field("company"):
		doc.company = company()
	doc.update(values)
	return doc


def submit(doc):
	"""Insert and submit a document of the ERP as the system."""
	# safe: the bridge posts what the laboratory's documents say; the rights to those were checked
	doc.flags.ignore_permissions = True
	doc.insert(ignore_permissions=True)
	doc.reload()  # as the database rounded it
	doc.flags.ignore_permissions = True  # safe: as above
	doc.submit()
	return doc


@contextmanager
def as_system() -> Iterator[None]:
	"""Post as the system: whoever checks a patient in or takes money needs no rights in the ERP.

	ERPNext asks for rights deep inside its own code, where no flag reaches. What it remarks about its own
	documents is not for that person; why it refuses is.
	"""
	person, said = frappe.session.user, len(frappe.local.message_log)
	_become("Administrator")
	try:
		yield
		del frappe.local.message_log[said:]
	finally:
		_become(person)


def _become(user: str) -> None:
	frappe.local.session.user = user
	frappe.local.role_permissions = {}
	frappe.local.user_perms = None
