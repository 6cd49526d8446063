"""A gateway that plays smsc.ru, SMS Aero, Telegram and MAX on this machine, for trials, tests and measuring.

It keeps what it was given, refuses wrong passwords, and can be told to misbehave.
"""

import base64
import itertools
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

LOGIN, SECRET = "lab@example.org", "gateway-secret-of-the-trial"
PRICE = "3.15"
SILENCE_SECONDS = 2


@dataclass
class Gateway:
	"""What the gateway has taken and how it is to misbehave.

	Args:
		taken: messages, each `{"id", "to", "text", "at", …}`, in order.
		faults: what happens to the next calls, one each: `500`, `garbage`, `silence` (nothing is taken),
			`taken+500`, `taken+silence` (the message is taken all the same), `refuse`, `no money`,
			`slow down`.
		calls: paths asked for.
	"""

	taken: list[dict[str, Any]] = field(default_factory=list)
	faults: deque[str] = field(default_factory=deque)
	calls: list[str] = field(default_factory=list)
	blocked: set[str] = field(default_factory=set)
	url: str = ""
	lock: threading.Lock = field(default_factory=threading.Lock)
	_ids: Iterator[int] = field(default_factory=lambda: itertools.count(7001))

	def take(self, to: str, text: str, number: Any = None, **more: Any) -> dict[str, Any]:
		"""Keep a message and return it."""
		with self.lock:
			row = {"id": number or next(self._ids), "to": to, "text": text, "at": time.time(), **more}
			self.taken.append(row)
			return row

	def find(self, **wanted: Any) -> list[dict[str, Any]]:
		"""Return the messages with these values, the latest first."""
		with self.lock:
			return [
				row for row in reversed(self.taken) if all(row[key] == value for key, value in wanted.items())
			]


class Handler(BaseHTTPRequestHandler):
	"""One connection; `gateway` is set by `running`."""

	gateway: Gateway
	protocol_version = "HTTP/1.1"
	disable_nagle_algorithm = True

	def do_POST(self) -> None:
		address = urlsplit(self.path)
		self.gateway.calls.append(address.path)
		body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
		given = {key: values[0] for key, values in parse_qs(address.query).items()} | self._parsed(body)
		fault = self.gateway.faults.popleft() if self.gateway.faults else ""
		if self._misbehaves(fault):
			return
		status, answer = self._route(address.path)(given, fault)
		self._after(fault, status, answer)

	def do_GET(self) -> None:
		"""Tell how many messages were taken, and how many different ones."""
		ids = [row["id"] for row in self.gateway.taken]
		self._answer(200, json.dumps({"taken": len(ids), "different": len(set(ids))}).encode())

	def log_message(self, *_arguments: Any) -> None:
		"""Say nothing: tests count, they do not read."""

	def _parsed(self, body: bytes) -> dict[str, Any]:
		if self.headers.get("Content-Type", "").startswith("application/json"):
			return json.loads(body)
		return {key: values[0] for key, values in parse_qs(body.decode()).items()}

	def _misbehaves(self, fault: str) -> bool:
		if fault == "500":
			self._answer(500, b"<html>oops</html>")
		elif fault == "garbage":
			self._answer(200, "<html>\ufffd не то".encode())
		elif fault == "silence":
			time.sleep(SILENCE_SECONDS)
			self.close_connection = True
		else:
			return False
		return True

	def _after(self, fault: str, status: int, answer: Any) -> None:
		if fault == "taken+silence":
			time.sleep(SILENCE_SECONDS)
			self.close_connection = True
		elif fault == "taken+500":
			self._answer(500, b"oops")
		else:
			self._answer(status, json.dumps(answer, ensure_ascii=False).encode())

	def _answer(self, status: int, body: bytes) -> None:
		self.send_response_only(status)
		self.send_header("Content-Length", str(len(body)))
		self.end_headers()
		self.wfile.write(body)

	def _route(self, path: str) -> Callable[[dict, str], tuple[int, Any]]:
		routes = {
			"/sys/send.php": self._smsc_send,
			"/sys/status.php": self._smsc_status,
			"/v2/sms/send": self._smsaero_send,
			"/v2/sms/list": self._smsaero_list,
			f"/bot{SECRET}/sendMessage": self._telegram,
			"/messages": self._max,
		}
		return routes.get(path, lambda _given, _fault: (404, {"ok": False, "description": "Not Found"}))

	def _smsc_send(self, given: dict, fault: str) -> tuple[int, Any]:
		if given.get("psw") != SECRET and given.get("apikey") != SECRET:
			return 200, {"error": "authorise error", "error_code": 2}
		if fault in ("refuse", "no money"):
			code = 7 if fault == "refuse" else 3
			return 200, {"error": "invalid number" if code == 7 else "no money", "error_code": code}
		row = self.gateway.take(given["phones"], given["mes"], int(given["id"]), sender=given.get("sender"))
		return 200, {"id": row["id"], "cnt": 1, "cost": PRICE, "balance": "100.00"}

	def _smsc_status(self, given: dict, _fault: str) -> tuple[int, Any]:
		found = self.gateway.find(id=int(given["id"]), to=given["phone"])
		if not found:
			return 200, {"error": "message not found", "error_code": 3}
		return 200, {"status": found[0].get("status", 0), "last_timestamp": int(found[0]["at"])}

	def _smsaero_send(self, given: dict, fault: str) -> tuple[int, Any]:
		if not self._basic():
			return 401, {
				"success": False,
				"data": None,
				"message": "Your request was made with invalid credentials.",
			}
		if fault == "refuse":
			return 400, {"success": False, "data": {"number": ["wrong"]}, "message": "Validation error."}
		if fault == "no money":
			return 400, {"success": False, "data": None, "message": "Not enough money"}
		row = self.gateway.take(given["number"], given["text"], callback=given.get("callbackUrl"))
		return 200, {"success": True, "data": self._smsaero_row(row), "message": None}

	def _smsaero_list(self, given: dict, _fault: str) -> tuple[int, Any]:
		if not self._basic():
			return 401, {"success": False, "data": None, "message": "invalid credentials"}
		found = self.gateway.find(to=given["number"])
		rows = {str(place): self._smsaero_row(row) for place, row in enumerate(found)}
		return 200, {"success": True, "data": {**rows, "totalCount": str(len(rows))}, "message": None}

	def _smsaero_row(self, row: dict) -> dict[str, Any]:
		seen = {"id": row["id"], "number": row["to"], "text": row["text"], "status": row.get("status", 0)}
		return {**seen, "cost": PRICE, "dateCreate": int(row["at"])}

	def _basic(self) -> bool:
		given = self.headers.get("Authorization", "").removeprefix("Basic ")
		return given == base64.b64encode(f"{LOGIN}:{SECRET}".encode()).decode()

	def _telegram(self, given: dict, fault: str) -> tuple[int, Any]:
		chat = str(given["chat_id"])
		if chat in self.gateway.blocked:
			text = "Forbidden: bot was blocked by the user"
			return 403, {"ok": False, "error_code": 403, "description": text}
		if fault == "slow down":
			text = "Too Many Requests: retry after 5"
			return 429, {"ok": False, "error_code": 429, "description": text}
		row = self.gateway.take(chat, given["text"])
		return 200, {"ok": True, "result": {"message_id": row["id"]}}

	def _max(self, given: dict, fault: str) -> tuple[int, Any]:
		if self.headers.get("Authorization") != SECRET:
			return 401, {"code": "verify.token", "message": "Invalid access_token"}
		user = str(given["user_id"])
		if user in self.gateway.blocked:
			return 403, {"code": "chat.denied", "message": "error.dialog.suspended"}
		row = self.gateway.take(user, given["text"])
		return 200, {"message": {"body": {"mid": f"mid.{row['id']}", "text": row["text"]}}}


def serve(gateway: Gateway) -> ThreadingHTTPServer:
	"""Return a server of the gateway on a free port of 127.0.0.1, listening."""
	handler = type("BoundHandler", (Handler,), {"gateway": gateway})
	server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
	server.daemon_threads = True
	gateway.url = f"http://127.0.0.1:{server.server_port}"
	return server


@contextmanager
def running() -> Iterator[Gateway]:
	"""A gateway in a thread for as long as the block lasts."""
	gateway = Gateway()
	server = serve(gateway)
	thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
	thread.start()
	try:
		yield gateway
	finally:
		server.shutdown()
		server.server_close()
		thread.join()


if __name__ == "__main__":
	trial = Gateway()
	listening = serve(trial)
	print(trial.url, flush=True)
	listening.serve_forever()
