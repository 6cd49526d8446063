import ipaddress

import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.lis import field_rules
from lab_crm.lis.hl7.build import WITHOUT_OML
from lab_crm.utils.errors import Refusal

ANALYSER = "Analyser"
HL7, ASTM = "HL7", "ASTM"


class LISConnection(Document):
	"""How we reach a laboratory information system, and how we know its messages."""

	def validate(self):
		self.host = (self.host or "").strip()
		if self.kind == ANALYSER:
			self.is_default = 0  # orders go to a LIS
		else:
			self.protocol = HL7
		if self.host or self.kind != ANALYSER or (self.protocol == HL7 and self.answer_queries):
			self.check_address()  # we are the ones who call
		self.check_numbers()
		self.check_peers()
		self.check_identity()
		self.check_version()
		field_rules.check(self)

	def on_update(self):
		if self.is_default:
			others = {"name": ("!=", self.name), "is_default": 1}
			frappe.db.set_value("LIS Connection", others, "is_default", 0)

	def check_address(self):
		"""Raise Refusal when we could not reach the LIS."""
		if not self.host:
			raise Refusal("NO_HOST", _("Write the address at which the other side listens"), "host")
		if not 0 < (self.port or 0) < 65536:
			raise Refusal("BAD_PORT", _("The port is a number from 1 to 65535"), "port")

	def check_numbers(self):
		"""Raise Refusal when a number cannot work."""
		for field in ("ack_timeout_seconds", "max_attempts"):
			if self.get(field) < 1:
				raise Refusal(
					"BAD_NUMBER", _("{0} must be at least 1").format(_(self.meta.get_label(field))), field
				)

	def check_version(self):
		"""Raise Refusal when the version does not know the message of orders."""
		if self.kind != ANALYSER and self.order_message == "OML^O21" and self.version in WITHOUT_OML:
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
		if not self.enabled:
			return
		if self.protocol == ASTM:
			self.check_addresses_differ()
			return
		if not self.receiving_application:
			return
		same = {
			"name": ("!=", self.name),
			"enabled": 1,
			"protocol": ("!=", ASTM),
			"receiving_application": self.receiving_application,
			"receiving_facility": self.receiving_facility or "",
		}
		if other := frappe.db.exists("LIS Connection", same):
			message = _("Connection {0} has the same LIS application and facility").format(other)
			raise Refusal("SAME_LIS", message, "receiving_application", 409)

	def check_addresses_differ(self):
		"""Raise Refusal when two analysers call themselves the same and may speak from one address.

		Analysers of one model have one name, so they are told apart by address.
		"""
		filters = {"name": ("!=", self.name), "enabled": 1, "protocol": ASTM}
		filters["receiving_application"] = self.receiving_application or ("is", "not set")
		own = _networks(self.peers)
		for name in frappe.get_all("LIS Connection", filters=filters, pluck="name"):
			others = _networks(frappe.get_doc("LIS Connection", name).peers)
			if not own or not others or any(one.overlaps(other) for one in own for other in others):
				message = _("Analyser {0} has the same name and address: give each its own address").format(
					name
				)
				raise Refusal("SAME_ANALYSER", message, "peers", 409)


def _networks(rows) -> list:
	"""Return the networks of allowed peers of one IP version each."""
	return [ipaddress.ip_network(row.network) for row in rows]
