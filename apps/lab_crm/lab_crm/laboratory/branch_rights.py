"""Whose tubes and courier lists staff bound to branches see: those of their branch, coming to it or in it.

The framework's User Permissions ask every link of a document at once, which would hide a courier list from
both its ends; so these links are left out of them, and asked here: one of them is enough.
"""

import frappe
from frappe.core.doctype.user_permission.user_permission import get_user_permissions

PLACES = {"Specimen": ("branch", "location"), "Specimen Transfer": ("from_branch", "to_branch")}


def allowed(doctype: str, user: str | None = None) -> list[str] | None:
	"""Return the branches that a user is bound to; None when to none in particular."""
	rows = get_user_permissions(user or frappe.session.user).get("Lab Branch") or []
	names = [row["doc"] for row in rows if row.get("applicable_for") in (None, "", doctype)]
	return names or None


def may_act_in(doctype: str, branch: str | None) -> bool:
	"""Say whether the user may do something in a branch."""
	bound = allowed(doctype)
	return bound is None or branch in bound


def specimens(user: str | None = None) -> str:
	"""Return the condition on lists of Specimen (hook `permission_query_conditions`)."""
	return _condition("Specimen", user)


def transfers(user: str | None = None) -> str:
	"""Return the condition on lists of Specimen Transfer (hook `permission_query_conditions`)."""
	return _condition("Specimen Transfer", user)


def has_permission(doc, ptype: str | None = None, user: str | None = None) -> bool:
	"""Say whether one of the document's branches is the user's (hook `has_permission`)."""
	bound = allowed(doc.doctype, user)
	places = {doc.get(field) for field in PLACES[doc.doctype]} - {None, ""}
	return bound is None or not places or bool(places & set(bound))


def _condition(doctype: str, user: str | None) -> str:
	bound = allowed(doctype, user)
	if bound is None:
		return ""
	names = ", ".join(frappe.db.escape(name) for name in bound)
	return "({})".format(" or ".join(f"`tab{doctype}`.`{field}` in ({names})" for field in PLACES[doctype]))
