"""SMS by SMPP 3.4 (PyPI smpplib): straight to an operator or an aggregator, bound as a transceiver.

The protocol has no way to ask for a message whose answer was lost, so such an attempt is never repeated by
itself. Delivery receipts come over the same connection and, while nothing is sent, are fetched every minute.
Source: SMPP Protocol Specification v3.4, receipts in Appendix B.
"""

import contextlib
import re
import time
from typing import Any

import frappe
from smpplib import consts, exceptions, gsm
from smpplib.client import Client

from lab_crm.messaging import receipts, sms
from lab_crm.messaging.providers.base import DeliveryError, Outgoing, Provider, Sent
from lab_crm.messaging.providers.http import digits

USUAL_PORT = 2775
LISTEN_SECONDS = 1
RECEIPT = 0x04  # bit of esm_class
# Wrong source or destination address, wrong length, wrong type of numbers.
PERMANENT = (0x01, 0x0A, 0x0B, 0x48, 0x49, 0x50, 0x51)
TRY_LATER = consts.SMPP_ESME_RX_T_APPN
STATES = {
	"DELIVRD": receipts.DELIVERED,
	"EXPIRED": receipts.FAILED,
	"DELETED": receipts.FAILED,
	"UNDELIV": receipts.FAILED,
	"REJECTD": receipts.FAILED,
}
_RECEIPT = re.compile(r"\bid:(\S+).*?\bstat:([A-Z]+)(?:.*?\berr:(\S+))?", re.DOTALL)


class SmppProvider(Provider):
	"""An SMSC at `base_url` (host:port); `login` is the system_id, `sender` the source address."""

	kinds = ("SMS",)
	repeatable = False
	confirms = True

	def __init__(self, account=None):
		super().__init__(account)
		self._client: Client | None = None
		self._ids: dict[int, str] = {}
		self._received = 0

	def send(self, outgoing: Outgoing) -> Sent:
		client = self._bound()
		try:
			sequences = self._submit(client, outgoing)
			return Sent(self._wait_for(client, sequences)[-1])
		except exceptions.PDUError as error:
			code = error.args[1] if len(error.args) > 1 else 0
			partly = bool(self._ids)
			text = f"SMPP {error.args[0]}"
			raise DeliveryError(text, permanent=code in PERMANENT and not partly, uncertain=partly) from error
		except (exceptions.ConnectionError, OSError) as error:
			self._drop()
			raise DeliveryError(f"SMPP: no answer ({type(error).__name__})", uncertain=True) from error

	def receive(self, seconds: float) -> int:
		"""Take in the receipts that wait at the SMSC; return how many came.

		Args:
			seconds: how long to listen after the last one.

		Raises:
			DeliveryError: the SMSC cannot be reached or refuses us.
		"""
		client = self._bound()
		self._received = 0
		client._socket.settimeout(seconds)
		with contextlib.suppress(TimeoutError):
			while True:
				client.read_once(auto_send_enquire_link=False)
		return self._received

	def close(self) -> None:
		super().close()
		if self._client:
			with contextlib.suppress(exceptions.ConnectionError, exceptions.PDUError, OSError):
				self._client.unbind()
		self._drop()

	def _bound(self) -> Client:
		if self._client:
			return self._client
		host, _colon, port = self.account.base_url.partition(":")
		client = Client(host, int(port or USUAL_PORT), self.account.timeout, allow_unknown_opt_params=True)
		try:
			client.connect()
			client.bind_transceiver(system_id=self.account.login, password=self.account.secret)
		except (exceptions.ConnectionError, exceptions.PDUError, OSError) as error:
			with contextlib.suppress(OSError):
				client.disconnect()
			raise DeliveryError(f"SMPP: {error.args[0] if error.args else type(error).__name__}") from error
		client.set_message_sent_handler(self._sent)
		client.set_message_received_handler(self._delivered)
		self._client = client
		return client

	def _drop(self) -> None:
		if self._client:
			with contextlib.suppress(OSError):
				self._client.disconnect()
		self._client = None

	def _submit(self, client: Client, outgoing: Outgoing) -> list[int]:
		"""Hand over all parts; return the sequence number of each."""
		self._ids = {}
		parts, coding, esm_class = gsm.make_parts(sms.tidy(outgoing.body))
		alphanumeric = not self.account.sender.isdigit()
		sequences = []
		for number, part in enumerate(parts, 1):
			pdu = client.send_message(
				source_addr_ton=consts.SMPP_TON_ALNUM if alphanumeric else consts.SMPP_TON_INTL,
				source_addr_npi=consts.SMPP_NPI_UNK if alphanumeric else consts.SMPP_NPI_ISDN,
				source_addr=self.account.sender,
				dest_addr_ton=consts.SMPP_TON_INTL,
				dest_addr_npi=consts.SMPP_NPI_ISDN,
				destination_addr=digits(outgoing.recipient),
				short_message=part,
				data_coding=coding,
				esm_class=esm_class,
				# One receipt a message: that of its last part.
				registered_delivery=number == len(parts),
			)
			sequences.append(pdu.sequence)
		return sequences

	def _wait_for(self, client: Client, sequences: list[int]) -> list[str]:
		ends = time.monotonic() + self.account.timeout
		while not set(sequences) <= set(self._ids):
			if time.monotonic() > ends:
				raise TimeoutError
			client.read_once(auto_send_enquire_link=False)
		return [self._ids[sequence] for sequence in sequences]

	def _sent(self, pdu: Any, **_more: Any) -> None:
		self._ids[pdu.sequence] = (pdu.message_id or b"").decode("ascii", "replace")

	def _delivered(self, pdu: Any, **_more: Any) -> int:
		"""Take a receipt before it is acknowledged; what we do not know yet is to be repeated."""
		self._received += 1
		if not pdu.esm_class & RECEIPT:
			return consts.SMPP_ESME_ROK
		told = _RECEIPT.search((pdu.short_message or b"").decode("latin-1"))
		if not told:
			return consts.SMPP_ESME_ROK
		provider_id, state, error = told.groups()
		message = receipts.by_provider_id([self.account.channel], provider_id)
		if not message:
			return TRY_LATER
		status = STATES.get(state)
		reason = f"SMPP {state} {error or ''}".strip() if status == receipts.FAILED else ""
		receipts.apply(message, status, provider_id, reason)
		frappe.db.commit()
		return consts.SMPP_ESME_ROK


def receive_all() -> None:
	"""Fetch delivery receipts of all SMPP channels (job of the queue `messages`)."""
	from lab_crm.messaging import providers

	for channel in frappe.get_all("Message Channel", {"provider": "smpp", "is_enabled": 1}, pluck="name"):
		provider = providers.of_channel(channel)
		try:
			provider.receive(LISTEN_SECONDS)
		except DeliveryError as error:
			frappe.log_error(f"SMPP {channel}", str(error))
			frappe.db.commit()
		finally:
			provider.close()


def ask_for_receipts() -> None:
	"""Have a worker fetch receipts (scheduler, every minute)."""
	if frappe.db.exists("Message Channel", {"provider": "smpp", "is_enabled": 1}):
		frappe.enqueue("lab_crm.messaging.providers.smpp.receive_all", queue="messages")
