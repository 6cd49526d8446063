"""The web under measurement: connections that stay open, and the anchors `ping` and `ToDo`."""

import threading
from typing import Any

import requests

from lab_crm.demo.client import Stack

TIMEOUT = 60  # seconds


class Web:
	"""HTTP to the running stack, one open connection a thread."""

	def __init__(self, stack: Stack):
		self.root = stack.web
		login = next(login for login in stack.state["logins"] if login["role"] == "Administrator")
		self._token = f"token {login['api_key']}:{login['api_secret']}"
		self._local = threading.local()

	def ping(self) -> None:
		"""The cheapest request there is."""
		self._session().get(f"{self.root}/api/method/ping", timeout=TIMEOUT).raise_for_status()

	def todo(self) -> None:
		"""One document of the framework's own, made over REST."""
		headers = {"Authorization": self._token}
		body = {"description": "benchmark"}
		url = f"{self.root}/api/resource/ToDo"
		self._session().post(url, json=body, headers=headers, timeout=TIMEOUT).raise_for_status()

	def get(self, method: str, **arguments) -> Any:
		"""Call a reading method as a guest and return its message."""
		url = f"{self.root}/api/method/lab_crm.api.{method}"
		response = self._session().get(url, params=arguments, timeout=TIMEOUT)
		response.raise_for_status()
		return response.json()["message"]

	def post(self, method: str, body: dict[str, Any]) -> requests.Response:
		"""Call a changing method as a guest and return its answer."""
		url = f"{self.root}/api/method/lab_crm.api.{method}"
		return self._session().post(url, json=body, timeout=TIMEOUT)

	def _session(self) -> requests.Session:
		if not hasattr(self._local, "session"):
			self._local.session = requests.Session()
		return self._local.session
