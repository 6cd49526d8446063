"""Sites that may show the booking form inside their own pages."""

from urllib.parse import urlsplit

import frappe
from frappe import _

from lab_crm.utils.errors import Refusal

SCHEMES = {"http": 80, "https": 443}


def parse(text: str | None) -> list[str]:
	"""Return the origins of a text, one address a line, as browsers write them (`https://clinic.ru`, a
	Cyrillic name in Punycode), each once.

	Raises:
		Refusal: ORIGIN_INVALID: a line is no address of a site, or says more than a site.
	"""
	lines = [line.strip() for line in (text or "").splitlines()]
	return list(dict.fromkeys(_origin(line) for line in lines if line))


def branches_for(origin: str) -> list[str]:
	"""Return the active branches that take online bookings on pages of an origin, by name."""
	return [name for name, allowed in _allowed().items() if origin in allowed]


def of(branch: str | None) -> list[str]:
	"""Return the origins that may show the form of a branch; none when there is no such branch."""
	return _allowed().get(branch or "", [])


def _allowed() -> dict[str, list[str]]:
	filters = {"is_active": 1, "is_bookable_online": 1, "allowed_origins": ("is", "set")}
	rows = frappe.get_all("Lab Branch", filters, ["name", "allowed_origins"], order_by="name")
	return {row.name: parse(row.allowed_origins) for row in rows}


def _origin(line: str) -> str:
	try:
		parts = urlsplit(line)
		host = (parts.hostname or "").encode("idna").decode("ascii")
		port = parts.port
	except ValueError:  # also what cannot be a host name or a port
		raise _refusal(line) from None
	named = host and all(char.isalnum() or char in "-." for char in host)
	more = parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc
	if parts.scheme not in SCHEMES or not named or more:
		raise _refusal(line)
	return f"{parts.scheme}://{host}" + (f":{port}" if port and port != SCHEMES[parts.scheme] else "")


def _refusal(line: str) -> Refusal:
	message = _("{0} is not an address of a site. Write it as https://clinic.example.ru").format(line)
	return Refusal("ORIGIN_INVALID", message, field="allowed_origins")
