"""The base of providers that are reached by HTTP: time-outs, what an answer means, what is logged.

An answer that says "no" is certain. No answer, a failure of the provider's server or one that cannot be read
are not: the message may have been taken, so the next attempt looks it up first.
"""

import json
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies

from lab_crm.messaging.providers.base import Account, DeliveryError, Exchange, Outgoing, Provider, Sent
from lab_crm.messaging.providers.masking import described, masked

CONNECT_SECONDS = 5
MOST_ANSWER = 64 * 1024
# Our account or our pace is at fault, not the message: it waits.
OUR_FAULT = (401, 402, 403, 407, 408, 429)


class HttpProvider(Provider):
	"""A provider that speaks JSON over HTTP.

	Attributes:
		service: its name in the integration log.
		usual_url: its public address.
		texts: names of request fields that hold what the patient reads.
	"""

	at_once = 8
	service = ""
	usual_url = ""
	texts: tuple[str, ...] = ()

	def __init__(self, account: Account | None = None):
		super().__init__(account)
		self.url = self.account.base_url or self.usual_url
		self.session = requests.Session()
		# The environment is read once, not for every message.
		self.session.proxies = get_environ_proxies(self.url)
		self.session.trust_env = False
		adapter = HTTPAdapter(pool_maxsize=self.at_once)
		for scheme in ("http://", "https://"):
			self.session.mount(scheme, adapter)

	def send(self, outgoing: Outgoing) -> Sent:
		if outgoing.uncertain and self.repeatable:
			found = self.look_up(outgoing)
			if found:
				return found
		return self.submit(outgoing)

	def submit(self, outgoing: Outgoing) -> Sent:
		"""Ask the provider to send a message it does not have yet.

		Raises:
			DeliveryError: it refused, or no answer came.
		"""
		raise NotImplementedError

	def look_up(self, outgoing: Outgoing) -> Sent | None:
		"""Return the message as the provider has it from an earlier attempt, None when it has none."""
		raise NotImplementedError

	def post(self, path: str, message: str, fields: dict[str, Any], **options: Any) -> Any:
		"""Call the provider and return its answer, parsed.

		Args:
			path: after the base address.
			message: name of the Message, for the log.
			fields: what is sent.
			options: of `requests`: `data` or `json` (by default `fields` as a form), `auth`, `headers`.

		Raises:
			DeliveryError: no answer, or none that can be read.
		"""
		if "data" not in options and "json" not in options:
			options["data"] = fields
		hidden = self._hidden(fields)
		try:
			status, body = self._exchange(path, options)
		except requests.RequestException as error:
			reached = not isinstance(error, requests.ConnectTimeout) and not _refused(error)
			text = masked(f"{type(error).__name__}: {error}", hidden)
			self._log(path, message, fields, "", text)
			raise DeliveryError(text, uncertain=reached) from error
		seen = masked(body, hidden)
		self._log(path, message, fields, f"{status} {seen}", "" if status < 400 else f"HTTP {status}")
		try:
			return self._understood(status, body)
		except DeliveryError as error:
			raise type(error)(masked(str(error), hidden), error.permanent, error.uncertain) from None

	@property
	def secrets(self) -> tuple[str, ...]:
		"""Values that no log may show."""
		return (self.account.secret,)

	def close(self) -> None:
		super().close()
		self.session.close()

	def _hidden(self, fields: dict[str, Any]) -> tuple[str, ...]:
		"""Secrets, and what the patient reads: a gateway may repeat it, plainly or escaped."""
		texts = [str(fields[name]) for name in self.texts if name in fields]
		escaped = [json.dumps(text, ensure_ascii=ascii)[1:-1] for text in texts for ascii in (True, False)]
		return (*self.secrets, *texts, *escaped)

	def _exchange(self, path: str, options: dict[str, Any]) -> tuple[int, str]:
		timeout = (min(CONNECT_SECONDS, self.account.timeout), self.account.timeout)
		answer = self.session.post(
			self.url + path, timeout=timeout, allow_redirects=False, stream=True, **options
		)
		with answer:
			body = answer.raw.read(MOST_ANSWER, decode_content=True)
		return answer.status_code, body.decode("utf-8", "replace")

	def _understood(self, status: int, body: str) -> Any:
		if status >= 500:
			raise DeliveryError(f"HTTP {status}", uncertain=True)
		try:
			answer = json.loads(body)
		except ValueError:
			answer = None
		if not isinstance(answer, dict | list):
			refused = 400 <= status < 500
			permanent = refused and status not in OUR_FAULT
			text = f"HTTP {status}: {body[:200]}"
			raise DeliveryError(text, permanent=permanent, uncertain=not refused)
		return self.checked(status, answer)

	def checked(self, status: int, answer: Any) -> Any:
		"""Return the answer, or raise what it says.

		Raises:
			DeliveryError: the provider refused.
		"""
		if status >= 400:
			text = json.dumps(answer, ensure_ascii=False)[:300]
			raise DeliveryError(f"HTTP {status}: {text}", permanent=status not in OUR_FAULT)
		return answer

	def _log(self, path: str, message: str, fields: dict[str, Any], answer: str, error: str) -> None:
		request = json.dumps(described(fields, self.texts, self.secrets), ensure_ascii=False)
		self.exchanges.append(
			Exchange(
				service=self.service,
				url=masked(self.url + path, self.secrets)[:140],
				request=request,
				answer=answer,
				error=error,
				message=message,
			)
		)


def _refused(error: requests.RequestException) -> bool:
	"""Tell whether the connection was never made, so that nothing can have arrived."""
	reason = getattr(error.args[0] if error.args else None, "reason", None)
	return type(reason).__name__ in ("NewConnectionError", "NameResolutionError", "ConnectTimeoutError")


def digits(phone: str) -> str:
	"""Return a phone as Russian gateways take it: digits only."""
	return "".join(filter(str.isdigit, phone))
