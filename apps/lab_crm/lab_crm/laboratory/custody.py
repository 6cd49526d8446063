"""The chain of custody of a tube: who did what with it, when and where (F24).

Every link is sealed with the site's secret together with the seal of the link before it, so that a link which
was changed, removed or put in behind the product's back breaks the chain, and the screen says so.
"""

import json
from typing import Any

import frappe
from frappe import _

from lab_crm.utils import clock, tokens

DOCTYPE, KIND = "Specimen Movement", "custody"
COLLECTED, PACKED, UNPACKED, HANDED_OVER = "Collected", "Packed", "Unpacked", "Handed Over"
RECEIVED, NOT_RECEIVED, STORED, REJECTED = "Received", "Not Received", "Stored", "Rejected"
SEALED = ("specimen", "position", "action", "by_user", "branch", "transfer", "place", "note")


def note(
	specimen: str, action: str, branch: str | None, transfer: str = "", place: str = "", remark: str = ""
) -> None:
	"""Add a link to the chain of a tube, in the caller's transaction.

	Args:
		specimen: barcode; the caller holds the lock of its row, so that the links come one after another.
		action: one of this module's constants.
		branch: where it happened.
		transfer: the courier list by which it happened.
		place: shelf or refrigerator.
		remark: the reason, or what was noticed.
	"""
	last = frappe.db.get_value(
		DOCTYPE, {"specimen": specimen}, ["position", "seal"], order_by="position desc", as_dict=True
	)
	position = (last.position if last else 0) + 1
	doc = frappe.new_doc(DOCTYPE)
	doc.update(
		{
			"specimen": specimen,
			"action": action,
			"at": clock.now(),
			"by_user": frappe.session.user,
			"branch": branch or "",
			"transfer": transfer or None,
			"place": place,
			"note": remark,
			"position": position,
			"chain_key": f"{specimen}:{position}",
		}
	)
	doc.seal = _sealed(doc, last.seal if last else "")
	doc.insert(ignore_permissions=True)  # safe: nobody has a create right; written by our own code only


def links(specimen: str) -> list[frappe._dict]:
	"""Return the chain of a tube, the first link first."""
	fields = ["at", "seal", *SEALED]
	return frappe.get_all(DOCTYPE, {"specimen": specimen}, fields, order_by="position, creation")


def broken_at(chain: list[frappe._dict]) -> int | None:
	"""Return the number of the first link that is not what was written; None when all are."""
	before = ""
	for number, link in enumerate(chain, 1):
		if link.position != number or link.seal != _sealed(link, before):
			return number
		before = link.seal
	return None


@frappe.whitelist(methods=["GET"])
def history(specimen: str) -> dict[str, Any]:
	"""Return the chain of a tube for the screen.

	Args:
		specimen: barcode.

	Returns:
		`links` (`at`, `action`, `who`, `branch`, `transfer`, `place`, `note`), the first first, and
		`broken_at`: the number of the first link that does not hold, None when all do.

	Raises:
		frappe.PermissionError: the user may not read this specimen.
	"""
	frappe.get_doc("Specimen", specimen).check_permission("read")
	chain = links(specimen)
	shown = [
		{
			"at": link.at,
			"action": _(link.action, context=DOCTYPE),
			"who": frappe.utils.get_fullname(link.by_user),
			"branch": frappe.db.get_value("Lab Branch", link.branch, "branch_name") or link.branch,
			"transfer": link.transfer,
			"place": link.place,
			"note": link.note,
		}
		for link in chain
	]
	return {"links": shown, "broken_at": broken_at(chain)}


def _sealed(link, before: str) -> str:
	values = [link.get(field) or "" for field in SEALED]
	text = json.dumps([*values, frappe.utils.get_datetime(link.at).isoformat(), before], ensure_ascii=False)
	return tokens.seal(KIND, text)
