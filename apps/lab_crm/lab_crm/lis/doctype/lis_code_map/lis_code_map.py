import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.lis import code_maps
from lab_crm.utils.errors import Refusal


class LISCodeMap(Document):
	"""What a code of the LIS means here: a service when it is ordered, an analyte when it is measured."""

	def validate(self):
		self.lis_code = self.lis_code.strip()
		if not self.service and not self.analyte:
			raise Refusal("NO_MEANING", _("Choose a service or an analyte for the code"), "service")
		same = {
			"name": ("!=", self.name),
			"lis_code": self.lis_code,
			"connection": self.connection or ("is", "not set"),
		}
		if frappe.db.exists("LIS Code Map", same):
			raise Refusal(
				"SAME_CODE",
				_("Code {0} is already mapped for this connection").format(self.lis_code),
				"lis_code",
				409,
			)

	def on_update(self):
		"""What waited for this code is read anew."""
		if self.analyte and self.has_value_changed("analyte"):
			code_maps.reread(self.lis_code, self.connection)


def on_doctype_update():
	"""Keep two people from mapping one code of a connection twice at the same moment."""
	frappe.db.add_unique("LIS Code Map", ["connection", "lis_code"])
