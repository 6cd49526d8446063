"""Barcodes of specimens: 12 digits (an even number suits Code 128 C), the last one a GS1 check digit against
mistyping."""

import secrets

LENGTH = 12


def random_barcode() -> str:
	"""Return 11 random digits, the first not zero, and their check digit."""
	body = str(secrets.randbelow(9 * 10 ** (LENGTH - 2)) + 10 ** (LENGTH - 2))
	return body + check_digit(body)


def check_digit(body: str) -> str:
	"""Return the GS1 mod 10 check digit of the digits before it."""
	weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body)))
	return str(-weighted % 10)


def is_barcode(text: str) -> bool:
	"""Tell whether `text` is a barcode of ours that was read or typed without a slip."""
	return len(text) == LENGTH and text.isascii() and text.isdigit() and check_digit(text[:-1]) == text[-1]
