import frappe
from frappe.model.document import Document

from lab_crm.laboratory.barcodes import random_barcode


class Specimen(Document):
	"""One tube or container; its name is the barcode on the label."""

	def autoname(self):
		self.name = free_barcode()


def free_barcode() -> str:
	"""Return a barcode no specimen has; the primary key has the last word."""
	while True:
		barcode = random_barcode()
		if not frappe.db.exists("Specimen", barcode):
			return barcode
