"""Notifications in the patient's browser (Web Push: RFC 8030, encrypted by RFC 8291, signed by RFC 8292).

Push services see neither the text nor the patient: they get an encrypted parcel for a browser. `Topic` and
the tag of the notification are the Message's name, so a second attempt has the effect of one. What is older
than the patience of its message is dropped by the service: the next channel has it then.
"""

import json
import re
import time
from urllib.parse import urlsplit

import requests
from frappe.utils import get_url
from pywebpush import WebPusher

from lab_crm.messaging import push_keys, settings, subscriptions
from lab_crm.messaging.providers.base import Account, DeliveryError, Exchange, Outgoing, Provider, Sent
from lab_crm.messaging.providers.http import CONNECT_SECONDS

SERVICE = "Web Push"
TAKEN, GONE = (200, 201, 202), (404, 410)
# The service's fault or its pace: another time it may do.
PASSING = (408, 429)
# A parcel holds 3,993 octets of text (RFC 8291, 4); a screen shows less.
MOST_TEXT = 600
_LINK = re.compile(r"(?:[^\n:]*:\s*)?(https?://\S+)\s*$")


class WebPushProvider(Provider):
	"""`secret` is the private key of the site, `sender` the address for the keepers of push services."""

	kinds = ("Push",)
	confirms = True
	reports = "push"

	def __init__(self, account: Account | None = None):
		super().__init__(account)
		self.session = requests.Session()

	def send(self, outgoing: Outgoing) -> Sent:
		browsers = subscriptions.of(outgoing.recipient)
		parcel = json.dumps(_told(outgoing), ensure_ascii=False).encode()
		taken, refusals = 0, []
		for browser in browsers:
			try:
				self._send_to(browser, parcel, outgoing)
				taken += 1
			except DeliveryError as error:
				refusals.append(error)
		if taken:
			return Sent(outgoing.id)
		passing = [error for error in refusals if not error.permanent]
		if passing:
			raise passing[0]
		raise refusals[-1] if refusals else DeliveryError("no browser takes notifications", permanent=True)

	def close(self) -> None:
		super().close()
		self.session.close()

	def _send_to(self, browser, parcel: bytes, outgoing: Outgoing) -> None:
		"""Send to one browser; one that is gone is forgotten.

		Raises:
			DeliveryError: it did not take it.
		"""
		keys = {"p256dh": browser.p256dh, "auth": browser.auth}
		pusher = WebPusher({"endpoint": browser.endpoint, "keys": keys})
		timeout = (min(CONNECT_SECONDS, self.account.timeout), self.account.timeout)
		try:
			answer = self.session.post(
				browser.endpoint,
				data=pusher.encode(parcel)["body"],
				headers=self._headers(browser.endpoint, outgoing),
				timeout=timeout,
				allow_redirects=False,
			)
		except requests.RequestException as error:
			# Its text holds the browser's address, by which anybody could bother it.
			self._log(browser.endpoint, outgoing, "", type(error).__name__)
			raise DeliveryError(f"Web Push: {type(error).__name__}", uncertain=True) from error
		status = answer.status_code
		self._log(browser.endpoint, outgoing, str(status), "" if status in TAKEN else f"HTTP {status}")
		if status in GONE:
			subscriptions.forget(browser.endpoint)
		if status not in TAKEN:
			permanent = 300 <= status < 500 and status not in PASSING
			raise DeliveryError(f"Web Push: HTTP {status}", permanent=permanent)

	def _headers(self, endpoint: str, outgoing: Outgoing) -> dict[str, str]:
		address = urlsplit(endpoint)
		audience = f"{address.scheme}://{address.netloc}"
		return {
			"Authorization": push_keys.header(self.account.secret, audience, self._contact(), time.time()),
			"Content-Encoding": "aes128gcm",
			"Content-Type": "application/octet-stream",
			"TTL": str(outgoing.lifetime),
			"Topic": outgoing.id,
			"Urgency": "high",
		}

	def _contact(self) -> str:
		given = self.account.sender
		if given.startswith(("mailto:", "https://")):
			return given
		return f"mailto:{given}" if "@" in given else f"https://{urlsplit(get_url()).hostname}"

	def _log(self, endpoint: str, outgoing: Outgoing, answer: str, error: str) -> None:
		host = urlsplit(endpoint).netloc
		self.exchanges.append(Exchange(SERVICE, host, outgoing.event, answer, error, outgoing.id))


def _told(outgoing: Outgoing) -> dict[str, str]:
	"""Return what the service worker shows: a link at the end of the text becomes what a click opens."""
	found = _LINK.search(outgoing.body)
	body = outgoing.body[: found.start()] if found else outgoing.body
	return {
		"title": outgoing.subject or settings.signature()["clinic"],
		"body": body.strip()[:MOST_TEXT],
		"tag": outgoing.id,
		"url": found[1] if found else "",
		"report": outgoing.callback,
	}
