"""Making a document once however many ask at the same moment: a unique key in the database decides."""

import hashlib

import frappe
from frappe.model.document import Document
from frappe.query_builder import Interval

SAVEPOINT = "insert_once"
WAIT_SECONDS = 10


def insert_once(doc: Document, key: str) -> Document:
	"""Insert `doc`, or return the document that already holds its value of the unique field `key`.

	Whoever makes a document holds a lock of its key's name until the transaction ends, so that those who ask
	for the same one wait in a row. Without it InnoDB would give all of them shared locks on the duplicate and
	then have to kill all but one as deadlocked. The lock is a courtesy; the unique key is the judge.

	Args:
		doc: a new document whose `key` is set; permissions are not checked, the caller has decided.
		key: name of a unique field.

	Raises:
		frappe.UniqueValidationError: another unique field is taken.
	"""
	_lock(f"{doc.doctype}:{key}:{doc.get(key)}")
	frappe.db.savepoint(SAVEPOINT)
	try:
		return doc.insert(ignore_permissions=True)  # safe: the caller has decided
	except frappe.UniqueValidationError:
		frappe.db.rollback(save_point=SAVEPOINT)
		frappe.clear_last_message()
		# Our snapshot may be older than the other's commit; a locking read sees the latest.
		name = doc.get(key) and frappe.db.get_value(doc.doctype, {key: doc.get(key)}, for_update=True)
		if not name:
			raise
		_make_visible(doc.doctype, name)
		return frappe.get_doc(doc.doctype, name)


def _make_visible(doctype: str, name: str) -> None:
	"""Let this transaction see a row committed after its snapshot: it sees what it changes itself."""
	table = frappe.qb.DocType(doctype)
	# A real change is needed: an update to equal values writes no row version.
	later = table.modified + Interval(microseconds=1)
	frappe.qb.update(table).set(table.modified, later).where(table.name == name).run()


def _lock(text: str) -> None:
	name = f"{frappe.conf.db_name[:16]}:{hashlib.sha256(text.encode()).hexdigest()[:40]}"
	frappe.db.sql("select get_lock(%s, %s)", (name, WAIT_SECONDS))

	def release():
		frappe.db.sql("do release_lock(%s)", (name,))

	frappe.db.after_commit.add(release)
	frappe.db.after_rollback.add(release)
