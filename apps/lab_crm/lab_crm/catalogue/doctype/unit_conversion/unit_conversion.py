import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.catalogue import units
from lab_crm.catalogue.references import to_decimal
from lab_crm.utils.errors import Refusal


class UnitConversion(Document):
	"""How values of one unit become values of another."""

	def validate(self):
		self.from_unit, self.to_unit = self.from_unit.strip(), self.to_unit.strip()
		try:
			factor = to_decimal(self.factor)
		except ValueError:
			factor = None
		if not factor or factor <= 0:
			raise Refusal("BAD_FACTOR", _("The factor is a number greater than 0"), "factor")
		self.factor = str(self.factor).strip()
		if self.from_unit == self.to_unit:
			raise Refusal("SAME_UNIT", _("The two units are one"), "to_unit")
		same = {
			"name": ("!=", self.name),
			"analyte": self.analyte or ("is", "not set"),
			"from_unit": self.from_unit,
			"to_unit": self.to_unit,
		}
		if frappe.db.exists("Unit Conversion", same):
			raise Refusal("SAME_CONVERSION", _("This conversion is there already"), "from_unit", 409)

	def on_update(self):
		units.forget()

	def on_trash(self):
		units.forget()
