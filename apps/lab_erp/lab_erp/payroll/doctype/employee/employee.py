from frappe import _
from frappe.model.document import Document
from frappe.utils import getdate

from lab_erp.utils.errors import refuse_if


class Employee(Document):
	"""Somebody who works for the company."""

	def validate(self):
		self.employee_name = " ".join(
			part.strip() for part in (self.first_name, self.middle_name, self.last_name) if part
		)
		born, joined = getdate(self.date_of_birth), getdate(self.date_of_joining)
		refuse_if(born >= joined, _("Nobody joins before they are born"))
		left = self.relieving_date and getdate(self.relieving_date)
		refuse_if(left and left < joined, _("Nobody leaves before they join"))
		refuse_if(self.status == "Left" and not left, _("When did they leave? Give the relieving date"))
