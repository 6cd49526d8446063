import ipaddress

import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.lis import field_rules
from lab_crm.lis.hl7.build import WITHOUT_OML
from lab_crm.utils.errors import Refusal


class LISConnection(Document):
	"""How we reach a laboratory information system, and how we know its messages."""

	def validate(self):
		self.host = self.host.strip()
		self.check_numbers()
		self.check_peers()
		self.check_identity()
		self.check_version()
		field_rules.check(self)

	def on_update(self):
		if self.is_default:
			others = {"name": ("!=", self.name), "is_default": 1}
			frappe.db.set_value("LIS Connection", others, "is_default", 0)

	def check_numbers(self):
		"""Raise Refusal when a number cannot work."""
		if not 0 < self.port < 65536:
			raise Refusal("BAD_PORT", _("The port is a number from 1 to 65535"), "port")
		for field in ("ack_timeout_seconds", "max_attempts"):
			if self.get(field) < 1:
				raise Refusal(
					"BAD_NUMBER", _("{0} must be at least 1").format(_(self.meta.get_label(field))), field
				)

	def check_version(self):
		"""Raise Refusal when the version does not know the message of orders."""
		if self.order_message == "OML^O21" and self.version in WITHOUT_OML:
			message = _("HL7 {0} has no OML^O21: choose ORM^O01 or a later version").format(self.version)
			raise Refusal("NO_OML", message, "order_message")

	def check_peers(self):
		"""Raise Refusal when an allowed peer is no IP address or network."""
		for row in self.peers:
			try:
				row.network = str(ipaddress.ip_network(row.network.strip(), strict=False))
			except ValueError:
				message = _("Row {0}: {1} is no IP address or network").format(row.idx, row.network)
				raise Refusal("BAD_PEER", message, "peers") from None

	def check_identity(self):
		"""Raise Refusal when incoming messages could not be told from those of another connection."""
		if not self.enabled or not self.receiving_application:
			return
		same = {
			"name": ("!=", self.name),
			"enabled": 1,
			"receiving_application": self.receiving_application,
			"receiving_facility": self.receiving_facility or "",
		}
		if other := frappe.db.exists("LIS Connection", same):
			message = _("Connection {0} has the same LIS application and facility").format(other)
			raise Refusal("SAME_LIS", message, "receiving_application", 409)
