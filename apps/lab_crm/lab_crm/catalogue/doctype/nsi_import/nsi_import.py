import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.catalogue import nsi_check, nsi_import
from lab_crm.utils.errors import Refusal

MOST_LINES = 200
IN_PROGRESS = "In Progress"
SAVEPOINT = "nsi_import"
COUNTS = ("rows_total", "rows_created", "rows_updated", "rows_unchanged", "rows_failed")


class NSIImport(Document):
	@frappe.whitelist(methods=["POST"])
	def start(self) -> None:
		"""Queue the import of the attached file.

		Raises:
			Refusal: NO_FILE, ALREADY_RUNNING, NOT_A_REGISTRY.
		"""
		self.check_permission("write")
		if not self.registry_file:
			raise Refusal("NO_FILE", _("Attach the file of a registry"), "registry_file")
		if self.status == IN_PROGRESS and not _stale(self.modified):
			raise Refusal("ALREADY_RUNNING", _("An import is already running"), status=409)
		nsi_import.check_file(*_content(self.registry_file))
		self.update({**dict.fromkeys(COUNTS, 0), "errors": None, "warnings": None, "finished_at": None})
		self.status, self.started_at = IN_PROGRESS, frappe.utils.now()
		self.save()
		frappe.enqueue(
			"lab_crm.catalogue.doctype.nsi_import.nsi_import.run",
			queue="long",
			timeout=1800,
			enqueue_after_commit=True,
		)


def run() -> None:
	"""Import the attached file and write down what happened (a job of the long queue)."""
	doc = frappe.get_single("NSI Import")
	frappe.db.savepoint(SAVEPOINT)
	try:
		name, raw = _content(doc.registry_file)
		report = nsi_import.import_file(name, raw, _show_progress)
		nsi_check.fill()
		_write_down(doc, report)
	except Exception as problem:
		frappe.db.rollback(save_point=SAVEPOINT)
		known = isinstance(problem, Refusal)
		if not known:
			frappe.log_error("Registry import failed")
		words = str(problem) if known else _("The import failed; the error log tells why")
		doc.db_set({"status": "Failed", "finished_at": frappe.utils.now(), "errors": words})
	doc.notify_update()


def _stale(modified: object) -> bool:
	return frappe.utils.time_diff_in_seconds(frappe.utils.now(), modified) > 3600


def _content(file_url: str) -> tuple[str, bytes]:
	name = frappe.db.get_value("File", {"file_url": file_url, "attached_to_doctype": "NSI Import"})
	if not name:
		raise Refusal("NO_FILE", _("Attach the file of a registry"), "registry_file")
	file = frappe.get_doc("File", name)
	file.check_permission("read")
	with open(file.get_full_path(), "rb") as stream:
		return file.file_name, stream.read(nsi_import.MOST_BYTES + 1)


def _show_progress(done: int, total: int) -> None:
	frappe.publish_progress(
		done * 100 / max(total, 1),
		title=_("Importing the registry"),
		doctype="NSI Import",
		docname="NSI Import",
		description=_("{0} of {1} rows").format(done, total),
	)


def _write_down(doc: Document, report: nsi_import.Report) -> None:
	lines = [_("Line {0}: {1}").format(line, nsi_import.row_problem(code)) for line, code in report.errors]
	doc.db_set(
		{
			"status": "Done with Errors" if lines else "Done",
			"finished_at": frappe.utils.now(),
			"registry": report.registry,
			"registry_version": report.version,
			"rows_total": report.total,
			"rows_created": report.created,
			"rows_updated": report.updated,
			"rows_unchanged": report.unchanged,
			"rows_failed": len(report.errors),
			"errors": _shortened(lines),
			"warnings": _shortened(nsi_check.warnings()),
		}
	)


def _shortened(lines: list[str]) -> str:
	rest = len(lines) - MOST_LINES
	return "\n".join(lines[:MOST_LINES] + ([_("… and {0} more").format(rest)] if rest > 0 else []))
