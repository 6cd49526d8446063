"""The running stack seen from outside: what the demo journey uses, and nothing else (HTTP, the SMS log, the
mail spool)."""

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import requests

PATIENCE = 60  # seconds for anything that runs in the background


class StepFailed(Exception):
	"""A step of the journey did not hold."""


class Client:
	"""One person or program at the HTTP interface, with a session of its own."""

	def __init__(self, web: str, login: dict[str, str] | None = None):
		self.web = web
		self.http = requests.Session()
		self.http.headers["Accept"] = "application/json"
		if login:
			self.http.headers["Authorization"] = f"token {login['api_key']}:{login['api_secret']}"

	def call(self, method: str, http: str = "POST", **arguments) -> Any:
		"""Call a method by its full dotted path and return its answer.

		Raises:
			StepFailed: the answer is not 200; the message holds what the server said.
		"""
		url = f"{self.web}/api/method/{method}"
		given = {"params": arguments} if http == "GET" else {"json": arguments}
		response = self.http.request(http, url, timeout=PATIENCE, **given)
		if response.status_code != 200:
			raise StepFailed(f"{method} answered {response.status_code}: {response.text[:500]}")
		return response.json().get("message")

	def get(self, method: str, **arguments) -> Any:
		"""Call a reading method."""
		return self.call(method, http="GET", **arguments)

	def doc(self, doctype: str, name: str) -> dict[str, Any]:
		"""Read one document as this user."""
		response = self.http.get(f"{self.web}/api/resource/{doctype}/{name}", timeout=PATIENCE)
		if response.status_code != 200:
			raise StepFailed(f"{doctype} {name} answered {response.status_code}: {response.text[:300]}")
		return response.json()["data"]

	def insert(self, doctype: str, fields: dict[str, Any]) -> dict[str, Any]:
		"""Make a document as this user."""
		return self._write("POST", f"{self.web}/api/resource/{doctype}", fields)

	def update(self, doctype: str, name: str, fields: dict[str, Any]) -> dict[str, Any]:
		"""Change fields of a document as this user."""
		return self._write("PUT", f"{self.web}/api/resource/{doctype}/{name}", fields)

	def _write(self, http: str, url: str, fields: dict[str, Any]) -> dict[str, Any]:
		response = self.http.request(http, url, json=fields, timeout=PATIENCE)
		if response.status_code != 200:
			raise StepFailed(f"{http} {url} answered {response.status_code}: {response.text[:300]}")
		return response.json()["data"]

	def list(
		self, doctype: str, filters: dict[str, Any], fields: list[str], order: str = "creation asc"
	) -> list[dict]:
		"""Read a list of documents as this user."""
		params = {
			"filters": json.dumps(filters),
			"fields": json.dumps(fields),
			"order_by": order,
			"limit_page_length": 0,
		}
		response = self.http.get(f"{self.web}/api/resource/{doctype}", params=params, timeout=PATIENCE)
		if response.status_code != 200:
			raise StepFailed(f"list of {doctype} answered {response.status_code}: {response.text[:300]}")
		return response.json()["data"]


class Stack:
	"""The state file of a running stack, and the outside world it writes to."""

	def __init__(self, path: Path):
		self.state = json.loads(path.read_text())
		self.web = self.state["web"]

	def guest(self) -> Client:
		"""Return a visitor who has not signed in."""
		return Client(self.web)

	def role(self, role: str) -> Client:
		"""Return the demo user of a role."""
		return Client(self.web, next(login for login in self.state["logins"] if login["role"] == role))

	def sms(self, to: str) -> list[dict[str, Any]]:
		"""Return the text messages sent to a phone, oldest first."""
		path = Path(self.state["sms_log"])
		lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
		return [sms for sms in map(json.loads, lines) if sms["to"] == to]

	def mails(self, to: str) -> list[EmailMessage]:
		"""Return the e-mails received for an address, oldest first."""
		found = []
		for path in sorted(Path(self.state["mail"]["spool"]).glob("*.eml")):
			mail = message_from_bytes(path.read_bytes(), policy=policy.default)
			if to in str(mail["To"]):
				found.append(mail)
		return found


def zone_of_noon() -> str:
	"""Return the name of a time zone where it is between noon and one: nobody's quiet hours."""
	ahead = 12 - datetime.now(UTC).hour
	return f"Etc/GMT{-ahead:+d}"  # these names count hours behind Greenwich


def expect(truth: Any, otherwise: str) -> None:
	"""Check one thing that a step claims.

	Raises:
		StepFailed: it is not so.
	"""
	if not truth:
		raise StepFailed(otherwise)


def wait_for(check: Callable[[], Any], what: str, seconds: float = 0) -> Any:
	"""Return the first true answer of `check`, asked for `seconds`, and for `PATIENCE` at least.

	Raises:
		StepFailed: it never became true.
	"""
	patience = max(PATIENCE, seconds)
	deadline = time.monotonic() + patience
	while not (answer := check()):
		if time.monotonic() > deadline:
			raise StepFailed(f"{what}: not within {patience:.0f} s")
		time.sleep(0.25)
	return answer
