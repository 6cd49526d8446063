"""Signed, expiring tokens for links that stand for one document (`/b/<token>`, `/r/<token>`, `/v/<token>`).

A token holds the document's name and the moment it ends, signed with a key derived from the site's secret and
the kind, so a token of one kind cannot open another. Nothing is stored: the document's status revokes it.
"""

import base64
import hashlib
import hmac
import time

from frappe.utils.password import get_encryption_key

DAY = 86_400


def issue(kind: str, name: str, days: float) -> str:
	"""Return a token of `kind` for document `name`, valid for `days`."""
	body = f"{int(time.time() + days * DAY):x}.{name}".encode()
	return f"{_b64(body)}.{_b64(_sign(kind, body))}"


def read(kind: str, token: str) -> str | None:
	"""Return the document's name, or None when the token is altered, expired or of another kind."""
	try:
		body_text, signature_text = token.split(".")
		body, signature = _unb64(body_text), _unb64(signature_text)
		ends, name = body.decode().split(".", 1)
		expired = int(ends, 16) < time.time()
	except (ValueError, AttributeError):
		return None
	if not hmac.compare_digest(signature, _sign(kind, body)) or expired:
		return None
	return name


def seal(kind: str, text: str) -> str:
	"""Return a signature of a record of `kind` that nobody without the site's secret can make."""
	return _b64(_sign(f"seal:{kind}", text.encode()))


def _sign(kind: str, body: bytes) -> bytes:
	key = hashlib.sha256(f"lab_crm:{kind}:{get_encryption_key()}".encode()).digest()
	return hmac.new(key, body, hashlib.sha256).digest()[:18]


def _b64(raw: bytes) -> str:
	return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _unb64(text: str) -> bytes:
	return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
