from frappe import _
from frappe.model.document import Document

from lab_crm.lis.identity import message_key
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name


class LISMessage(Document):
	"""One HL7 message, in or out. Incoming rows are written by the listener, straight into the table
	(`lis.listener.store`).
	"""

	def autoname(self):
		self.name = self.name or random_name("LMSG")

	def before_insert(self):
		self.received_at = self.received_at or clock.now()
		if not self.message_key:
			self.message_key = message_key(
				self.direction, self.sending_application or "", self.control_id or ""
			)

	def validate(self):
		if not self.is_new():
			message = _("What came and went over the line is not edited; use the buttons")
			raise Refusal("LIS_MESSAGE_READ_ONLY", message, status=409)

	def on_trash(self):
		raise Refusal("LIS_MESSAGE_KEPT", _("Messages of the LIS are never deleted"), status=409)
