"""What people do with changes of the catalogue that a LIS sent: look, compare again, apply, reject.

Two people at once, or one who clicks twice, decide a row once: the locked change lets one pass, the other
finds the row decided.
"""

import frappe
from frappe import _

from lab_crm.lis.hl7 import master
from lab_crm.lis.master_files import answering, applying, staging
from lab_crm.lis.master_files.proposal import NEW, SERVICE, UNCHANGED
from lab_crm.lis.master_files.staging import CHANGE, OPEN, REJECTED, ROW
from lab_crm.utils.errors import Refusal
from lab_crm.utils.rights import require

MOST_AT_ONCE = 200  # rows that one call decides about
_FIELDS = (
	"name", "lis_code", "title", "record_type", "target", "kind", "field", "old_value", "new_value",
	"valid_from", "branch", "funding", "warnings", "problem", "status", "reason", "decided_by", "decided_at",
)  # fmt: skip


@frappe.whitelist()
def get_rows(change: str) -> list[dict]:
	"""Return the rows of a change for the screen, in the order in which they are applied.

	Args:
		change: name of a Catalogue Change.

	Returns:
		Fields of Catalogue Change Row, `label` (the field in words) and `route` of our document.

	Raises:
		frappe.PermissionError: the user may not read it.
	"""
	frappe.get_doc(CHANGE, change).check_permission("read")
	rows = frappe.get_all(ROW, filters={"change": change}, fields=list(_FIELDS), order_by="position")
	branches = dict(frappe.get_all("Lab Branch", fields=["name", "branch_name"], as_list=True))
	for row in rows:
		row.label = _label(row)
		row.branch_name = branches.get(row.branch, "")
	return rows


@frappe.whitelist(methods=["POST"])
def apply(change: str, rows: list | str) -> dict:
	"""Take rows over into the catalogue.

	Args:
		change: name of a Catalogue Change.
		rows: names of its rows, at most `MOST_AT_ONCE` (a JSON list from the desk).

	Returns:
		`applied`, `failed`: rows of this call; `status` of the change.

	Raises:
		frappe.PermissionError: the user may not change the catalogue.
		Refusal: `TOO_MANY`, `NO_ROWS`.
	"""
	doc = _held(change)
	for doctype in ("Analyte", SERVICE, "Service Price"):
		require(doctype, "write")
		require(doctype, "create")
	told = applying.apply_rows(doc.name, _names(rows))
	return _told(doc, told)


@frappe.whitelist(methods=["POST"])
def reject(change: str, reason: str, rows: list | str | None = None) -> dict:
	"""Decide that rows are not taken over.

	Args:
		change: name of a Catalogue Change.
		reason: why, for those who look later.
		rows: names of its rows; None for all that wait.

	Returns:
		`rejected`: how many rows now; `status` of the change.

	Raises:
		frappe.PermissionError: the user may not decide.
		Refusal: `REASON_MISSING`, `TOO_MANY`, `NO_ROWS`.
	"""
	doc = _held(change)
	if not (reason or "").strip():
		raise Refusal("REASON_MISSING", _("Write why the change is rejected"), "reason")
	waiting = staging.rows_of(doc.name, None if rows is None else _names(rows), OPEN)
	for row in waiting:
		applying.decide(row.name, REJECTED, reason.strip())
	staging.count(doc.name)
	return _told(doc, {"rejected": len(waiting)})


@frappe.whitelist(methods=["POST"])
def compare_again(change: str) -> dict:
	"""Hold the message against today's catalogue anew; what was decided stays decided.

	Args:
		change: name of a Catalogue Change.

	Returns:
		`status` of the change.

	Raises:
		frappe.PermissionError: the user may not decide.
		Refusal: `NOTHING_WAITS` (409).
	"""
	doc = _held(change)
	rows = staging.rows_of(doc.name)
	waiting = [row.name for row in rows if row.status in OPEN]
	if not waiting:
		raise Refusal("NOTHING_WAITS", _("Everything in it is decided"), status=409)
	raw, charset = frappe.db.get_value("LIS Message", doc.lis_message, ["raw", "charset"])
	decided = {row.row_key for row in rows if row.status not in OPEN}
	found = staging.compare(master.parse(raw, charset or "utf-8"), doc.message_type, doc.connection)
	table = frappe.qb.DocType(ROW)
	frappe.qb.from_(table).delete().where(table.name.isin(waiting)).run()
	staging.write_rows(doc, [each for each in found if each.kind != UNCHANGED and each.key not in decided])
	return _told(doc, {})


def arrived(change: str) -> None:
	"""Apply what needs nobody's eye, on a connection that is told so; answer when nothing is left to decide.

	Args:
		change: name of a Catalogue Change that a message has just made.
	"""
	_apply_by_itself(change)
	answering.tell(change)


def _apply_by_itself(change: str) -> None:
	"""Apply rows without a warning where the connection says so."""
	doc = frappe.get_doc(CHANGE, change, for_update=True)
	mode = doc.connection and frappe.get_cached_value("LIS Connection", doc.connection, "catalogue_updates")
	if mode != "Automatically":
		return
	rows = staging.rows_of(change, states=[staging.WAITING])
	clean = [row.name for row in rows if not row.warnings and not row.problem]
	if clean:
		applying.apply_rows(change, clean, trusted=True)


def _held(change: str):
	doc = frappe.get_doc(CHANGE, change, for_update=True)
	doc.check_permission("write")
	return doc


def _names(rows: list | str) -> list[str]:
	try:
		names = frappe.parse_json(rows) if isinstance(rows, str) else rows
	except ValueError:
		names = None
	if not isinstance(names, list) or not names or not all(isinstance(each, str) for each in names):
		raise Refusal("NO_ROWS", _("Choose rows first"), "rows")
	if len(names) > MOST_AT_ONCE:
		raise Refusal("TOO_MANY", _("At most {0} rows at once").format(MOST_AT_ONCE), "rows")
	return names


def _told(doc, told: dict) -> dict:
	status = frappe.db.get_value(CHANGE, doc.name, "status")
	doc.reload()
	doc.notify_update()
	answering.tell(doc.name)
	return {**told, "status": status}


def _label(row) -> str:
	if row.record_type == "Service Price":
		return _("Price")
	if row.kind == NEW or not row.field:
		return _(row.record_type)
	return _(frappe.get_meta(row.record_type).get_label(row.field))
