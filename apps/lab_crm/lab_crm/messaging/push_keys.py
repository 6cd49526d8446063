"""The key pair by which push services know this site (VAPID, RFC 8292).

The private half is a secret of the Push channel and is kept as the others are; browsers get the public half.
"""

import base64

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from py_vapid import Vapid02

LONGEST_SECONDS = 12 * 3600


def make() -> str:
	"""Return a new private key: 32 octets in base64url."""
	number = ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value
	return _text(number.to_bytes(32, "big"))


def public(private: str) -> str:
	"""Return the public half as browsers take it (`applicationServerKey`)."""
	key = Vapid02.from_raw(private.encode()).public_key
	return _text(key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))


def header(private: str, audience: str, contact: str, now: float) -> str:
	"""Return the Authorization header for one push service.

	Args:
		audience: its scheme and host, `https://push.example`.
		contact: `mailto:` or `https://` by which its keeper may write to us.
		now: seconds since 1970.
	"""
	claims = {"aud": audience, "sub": contact, "exp": int(now) + LONGEST_SECONDS}
	return Vapid02.from_raw(private.encode()).sign(claims)["Authorization"]


def is_browser_key(text: str) -> bool:
	"""Tell whether a text is a browser's public key: a point of the curve."""
	raw = octets(text)
	try:
		ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)
	except ValueError:
		return False
	return len(raw) == 65


def octets(text: str) -> bytes:
	"""Return what base64url stands for, nothing when it is none."""
	try:
		return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
	except ValueError:
		return b""


def _text(raw: bytes) -> str:
	return base64.urlsafe_b64encode(raw).decode().rstrip("=")
