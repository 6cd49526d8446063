"""A push service and the browser behind it: takes parcels, checks their signature, opens them.

Parcels are opened by RFC 8188 and RFC 8291 as written there, not by the library that closes them.
"""

import base64
import json
import os
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

CURVE = ec.SECP256R1()


def text(raw: bytes) -> str:
	return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def octets(told: str) -> bytes:
	return base64.urlsafe_b64decode(told + "=" * (-len(told) % 4))


def point(key: ec.EllipticCurvePublicKey) -> bytes:
	return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@dataclass
class Browser:
	"""One subscription: its address, its keys, what came and how the service answers."""

	endpoint: str
	key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(CURVE))
	auth: bytes = field(default_factory=lambda: os.urandom(16))
	status: int = 201
	taken: list[dict] = field(default_factory=list)
	headers: list[dict] = field(default_factory=list)

	@property
	def keys(self) -> dict[str, str]:
		return {"p256dh": text(point(self.key.public_key())), "auth": text(self.auth)}

	def opened(self, body: bytes) -> dict:
		salt, length = body[:16], body[20]
		sender, sealed = body[21 : 21 + length], body[21 + length :]
		shared = self.key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(CURVE, sender))
		info = b"WebPush: info\0" + point(self.key.public_key()) + sender
		secret = _derived(shared, self.auth, info, 32)
		key = _derived(secret, salt, b"Content-Encoding: aes128gcm\0", 16)
		nonce = _derived(secret, salt, b"Content-Encoding: nonce\0", 12)
		plain = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\0")
		assert plain.endswith(b"\2"), "the only record ends with 2"
		return json.loads(plain[:-1])


class PushService:
	def __init__(self, server: ThreadingHTTPServer):
		self.url = f"http://127.0.0.1:{server.server_port}"
		self.browsers: dict[str, Browser] = {}

	def browser(self) -> Browser:
		path = f"/wpush/{text(os.urandom(12))}"
		self.browsers[path] = Browser(self.url + path)
		return self.browsers[path]


@contextmanager
def running():
	"""Run a push service on a free port."""
	server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
	server.service = PushService(server)
	thread = threading.Thread(target=server.serve_forever, daemon=True)
	thread.start()
	try:
		yield server.service
	finally:
		server.shutdown()
		server.server_close()
		thread.join()


class _Handler(BaseHTTPRequestHandler):
	def do_POST(self):
		body = self.rfile.read(int(self.headers["Content-Length"]))
		browser = self.server.service.browsers.get(self.path)
		status = self._status(browser)
		if status == 201:
			browser.headers.append({name.lower(): value for name, value in self.headers.items()})
			browser.taken.append(browser.opened(body))
		self.send_response(status)
		self.send_header("Content-Length", "0")
		self.end_headers()

	def _status(self, browser: Browser | None) -> int:
		if browser is None:
			return 404
		if not is_signed(self.headers["Authorization"], self.server.service.url):
			return 403
		return browser.status

	def log_message(self, *_args):
		pass


def is_signed(header: str, audience: str) -> bool:
	"""Check the signature (ES256) and whom it is for."""
	parts = dict(part.strip().split("=", 1) for part in header.removeprefix("vapid ").split(","))
	head, claims, signature = parts["t"].split(".")
	raw = octets(signature)
	signed = encode_dss_signature(int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big"))
	key = ec.EllipticCurvePublicKey.from_encoded_point(CURVE, octets(parts["k"]))
	key.verify(signed, f"{head}.{claims}".encode(), ec.ECDSA(hashes.SHA256()))
	told = json.loads(octets(claims))
	return told["aud"] == audience and told["sub"].startswith(("mailto:", "https://"))


def _derived(secret: bytes, salt: bytes, info: bytes, length: int) -> bytes:
	"""HKDF with one block (RFC 5869)."""
	return _hmac(_hmac(salt, secret), info + b"\1")[:length]


def _hmac(key: bytes, data: bytes) -> bytes:
	digest = hmac.HMAC(key, hashes.SHA256())
	digest.update(data)
	return digest.finalize()
