"""Telegram and MAX as their documents describe them: methods, headers, answers and refusals."""

import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

TOKEN = "generated-token-of-a-bot"


class Messenger:
	"""What was said and asked; `blocked` chats refuse, `fault` is a status for the next call."""

	def __init__(self, port: int):
		self.url = f"http://127.0.0.1:{port}"
		self.said: list[tuple[str, str]] = []
		self.webhooks: list[dict] = []
		self.blocked: set[str] = set()
		self.missing: set[str] = set()
		self.fault = 0

	def telegram(self, method: str, token: str, fields: dict) -> tuple[int, dict]:
		if token != TOKEN:
			return 404, {"ok": False, "error_code": 404, "description": "Not Found"}
		if method == "setWebhook":
			self.webhooks.append(fields)
			return 200, {"ok": True, "result": True, "description": "Webhook was set"}
		chat = str(fields["chat_id"])
		if chat in self.blocked:
			told = "Forbidden: bot was blocked by the user"
			return 403, {"ok": False, "error_code": 403, "description": told}
		if chat in self.missing:
			return 400, {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"}
		self.said.append((chat, fields["text"]))
		return 200, {"ok": True, "result": {"message_id": len(self.said), "chat": {"id": int(chat)}}}

	def max(self, path: str, query: dict, token: str | None, fields: dict) -> tuple[int, dict]:
		if token != TOKEN:
			return 401, {"code": "verify.token", "message": "Invalid access_token"}
		if path == "/subscriptions":
			self.webhooks.append(fields)
			return 200, {"success": True}
		user = query["user_id"][0]
		if user in self.blocked:
			return 403, {"code": "chat.denied", "message": "error.dialog.suspended"}
		if user in self.missing:
			return 404, {"code": "not.found", "message": "User not found"}
		self.said.append((user, fields["text"]))
		return 200, {
			"message": {"recipient": {"user_id": int(user)}, "body": {"mid": f"mid.{len(self.said)}"}}
		}


@contextmanager
def running():
	"""Run both on a free port."""
	server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
	server.messenger = Messenger(server.server_port)
	thread = threading.Thread(target=server.serve_forever, daemon=True)
	thread.start()
	try:
		yield server.messenger
	finally:
		server.shutdown()
		server.server_close()
		thread.join()


class _Handler(BaseHTTPRequestHandler):
	def do_POST(self):
		fields = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
		status, answer = self._answer(fields)
		body = json.dumps(answer).encode()
		self.send_response(status)
		self.send_header("Content-Type", "application/json")
		self.send_header("Content-Length", str(len(body)))
		self.end_headers()
		self.wfile.write(body)

	def _answer(self, fields: dict) -> tuple[int, dict]:
		messenger = self.server.messenger
		if messenger.fault:
			status, messenger.fault = messenger.fault, 0
			return status, {"ok": False, "error_code": status, "description": "fault", "message": "fault"}
		bot = re.fullmatch(r"/bot([^/]+)/(\w+)", self.path)
		if bot:
			return messenger.telegram(bot[2], bot[1], fields)
		address = urlsplit(self.path)
		return messenger.max(address.path, parse_qs(address.query), self.headers["Authorization"], fields)

	def log_message(self, *_args):
		pass
