from urllib.parse import urlsplit

import frappe
from frappe import _
from frappe.model.document import Document

from lab_crm.messaging import bots, providers, push_keys
from lab_crm.utils.errors import Refusal

LOCAL = ("127.0.0.1", "localhost", "::1")


class MessageChannel(Document):
	"""A way to reach patients: which contact it uses, which provider carries it, and our account there."""

	def validate(self):
		if self.kind not in providers.kind(self.provider).kinds:
			raise Refusal(
				"PROVIDER_MISMATCH", _("This provider does not carry such messages"), field="provider"
			)
		if self.kind == "Push" and not self.secret:
			self.secret = push_keys.make()
		self.check_address()

	def check_address(self) -> None:
		"""Passwords and patients' phones leave this machine encrypted only."""
		if not self.base_url or self.provider == "smpp":
			return
		address = urlsplit(self.base_url)
		if address.scheme == "https" or (address.scheme == "http" and address.hostname in LOCAL):
			return
		raise Refusal("ADDRESS_NOT_HTTPS", _("The address begins with https://"), field="base_url")

	@frappe.whitelist(methods=["POST"])
	def connect_bot(self):
		"""Have the messenger send us what people write to the bot (desk button), with a secret made here.

		Raises:
			Refusal: NOT_A_BOT, BOT_TOKEN_MISSING, BOT_REFUSED.
		"""
		self.reload()  # what the browser sent is not what is stored
		self.check_permission("write")
		bots.connect(self)
