import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name

TEXTS = ("title", "purpose", "version", "short_text", "text", "is_required")


class ConsentForm(Document):
	"""One version of the text that patients agree to.

	Once published it is never changed: consents point to it.
	"""

	def autoname(self):
		self.name = random_name("CFM")

	def before_insert(self):
		self.status = "Draft"
		self.published_on = None

	def validate(self):
		if self.is_new():
			self.version = self.next_version()
		elif self.status != "Draft" and any(self.has_value_changed(field) for field in TEXTS):
			raise Refusal(
				"CONSENT_FORM_PUBLISHED", _("A published text is never changed: make a new version")
			)

	def on_trash(self):
		if self.status != "Draft":
			raise Refusal(
				"CONSENT_FORM_PUBLISHED", _("A published text is never deleted: consents point to it")
			)

	@frappe.whitelist(methods=["POST"])
	def publish(self):
		"""Make this version the one that patients agree to from now on.

		Raises:
			Refusal: CONSENT_FORM_PUBLISHED.
		"""
		self.reload()  # what the browser sent is not what is stored
		self.check_permission("write")
		if self.status != "Draft":
			raise Refusal("CONSENT_FORM_PUBLISHED", _("This version has already been published"), status=409)
		# The lock keeps two versions of one purpose from being published at once.
		current = frappe.get_all("Consent Form", filters={"purpose": self.purpose}, pluck="name")
		for name in sorted(current):
			status = frappe.db.get_value("Consent Form", name, "status", for_update=True)
			if status == "Published":
				frappe.db.set_value("Consent Form", name, "status", "Retired")
		self.db_set({"status": "Published", "published_on": clock.now()})

	@frappe.whitelist(methods=["POST"])
	def new_version(self) -> str:
		"""Make a draft of the next version with this text; return its name."""
		self.reload()
		self.check_permission("create")
		draft = frappe.copy_doc(self)
		draft.insert()
		return draft.name

	def next_version(self) -> int:
		last = frappe.get_all(
			"Consent Form",
			filters={"purpose": self.purpose},
			fields=["version"],
			order_by="version desc",
			limit=1,
		)
		return (last[0].version if last else 0) + 1


def on_doctype_update():
	"""Two drafts made at once must not get one version number."""
	frappe.db.add_unique("Consent Form", ["purpose", "version"], "purpose_version")
