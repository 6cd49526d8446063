"""The running stack as the tests see it: over its real interfaces."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import requests


@dataclass
class Stack:
	"""What `stack.json` says, with a few ways to use it."""

	site: str
	web: str
	realtime: str
	mllp: dict[str, Any]
	lis: dict[str, Any]
	astm: dict[str, Any]
	mail: dict[str, Any]
	sms_log: str
	logins: list[dict[str, str]]

	@classmethod
	def read(cls, path: Path) -> "Stack":
		"""Read the state file of a running bench."""
		return cls(**json.loads(path.read_text()))

	def login(self, role: str) -> dict[str, str]:
		"""Return the login of a role: user, password, api_key, api_secret."""
		return next(login for login in self.logins if login["role"] == role)

	def api(self, role: str | None = None) -> "Api":
		"""Return an HTTP client: of a role by its API key, or of a guest."""
		return Api(self.web, self.login(role) if role else None)

	def sms(self, to: str) -> list[dict]:
		"""Return the text messages sent to a phone number (E.164), oldest first."""
		path = Path(self.sms_log)
		lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
		return [sms for sms in map(json.loads, lines) if sms["to"] == to]

	def mails(self, to: str) -> list[EmailMessage]:
		"""Return the e-mails received for an address, oldest first."""
		files = sorted(Path(self.mail["spool"]).glob("*.eml"))
		mails = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in files]
		return [mail for mail in mails if to in (mail["To"] or "")]


class Api:
	"""A thin HTTP client that keeps one session."""

	def __init__(self, web: str, login: dict[str, str] | None):
		self.web = web
		self.http = requests.Session()
		self.http.headers["Accept"] = "application/json"
		if login:
			self.http.headers["Authorization"] = f"token {login['api_key']}:{login['api_secret']}"

	def get(self, method: str, **params) -> requests.Response:
		"""GET a method under `lab_crm.api.` (or a full path that begins with a slash)."""
		return self.http.get(self._url(method), params=params, timeout=60)

	def post(self, method: str, **body) -> requests.Response:
		"""POST JSON to a method."""
		return self.http.post(self._url(method), json=body, timeout=60)

	def _url(self, method: str) -> str:
		return self.web + (method if method.startswith("/") else f"/api/method/lab_crm.api.{method}")


def wait_for(check: Callable[[], Any], what: str, seconds: float = 30) -> Any:
	"""Return the first true answer of `check`, asking again until the time is up.

	Raises:
		AssertionError: it never became true; the message says what was awaited.
	"""
	deadline = time.monotonic() + seconds
	while True:
		answer = check()
		if answer:
			return answer
		if time.monotonic() > deadline:
			raise AssertionError(f"not within {seconds} s: {what}")
		time.sleep(0.1)
