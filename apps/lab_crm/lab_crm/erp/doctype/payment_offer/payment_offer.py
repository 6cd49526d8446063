import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name

TEXTS = ("title", "version", "short_text", "text")


class PaymentOffer(Document):
	"""One version of the terms of a prepayment. Published, it is never changed: links name it."""

	def autoname(self):
		self.name = random_name("OFR")

	def before_insert(self):
		self.update({"status": "Draft", "published_on": None})

	def validate(self):
		if self.is_new():
			last = frappe.get_all("Payment Offer", pluck="version", order_by="version desc", limit=1)
			self.version = (last[0] if last else 0) + 1
		elif self.status != "Draft" and any(self.has_value_changed(field) for field in TEXTS):
			raise Refusal("OFFER_PUBLISHED", _("A published text is never changed: make a new version"))

	def on_trash(self):
		if self.status != "Draft":
			raise Refusal("OFFER_PUBLISHED", _("A published offer is never deleted: payments point to it"))

	@frappe.whitelist(methods=["POST"])
	def publish(self):
		"""Make this version the one that patients accept from now on.

		Raises:
			Refusal: OFFER_PUBLISHED (409).
		"""
		self.reload()  # what the browser sent is not what is stored
		self.check_permission("write")
		if self.status != "Draft":
			raise Refusal("OFFER_PUBLISHED", _("This version has already been published"), status=409)
		for name in frappe.get_all("Payment Offer", pluck="name", order_by="name"):
			# The lock keeps two versions from being published at once.
			if frappe.db.get_value("Payment Offer", name, "status", for_update=True) == "Published":
				frappe.db.set_value("Payment Offer", name, "status", "Retired")
		self.db_set({"status": "Published", "published_on": clock.now()})

	@frappe.whitelist(methods=["POST"])
	def new_version(self) -> str:
		"""Make a draft of the next version with this text; return its name."""
		self.reload()
		self.check_permission("create")
		return frappe.copy_doc(self).insert().name


def on_doctype_update():
	"""Two drafts made at once must not get one version number."""
	frappe.db.add_unique("Payment Offer", ["version"], "offer_version")
