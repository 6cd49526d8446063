import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.lis import code_maps, unknown_codes
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
		"""What waited for this code is read anew; `flags.reread` says how many results."""
		learned = [meaning for meaning in ("analyte", "service") if self.has_value_changed(meaning)]
		learned = [meaning for meaning in learned if self.get(meaning)]
		self.flags.reread = sum(
			code_maps.reread(self.lis_code, self.connection, meaning) for meaning in learned
		)
		if learned:
			unknown_codes.settle(self)

	def on_trash(self):
		unknown_codes.reopen(self.name)


def on_doctype_update():
	"""Keep two people from mapping one code of a connection twice at the same moment."""
	frappe.db.add_unique("LIS Code Map", ["connection", "lis_code"])
