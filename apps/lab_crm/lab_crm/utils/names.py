"""Names of documents made on the hot path: readable on the phone, unguessable, without a shared counter."""

import secrets

# Crockford base 32: no I, L, O or U, so that nothing is misread or misheard.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def random_name(prefix: str, length: int = 8) -> str:
	"""Return `prefix-XXXXXXXX` with `length` random characters (5 bits each)."""
	return f"{prefix}-{''.join(secrets.choice(ALPHABET) for _ in range(length))}"
