"""Whose pages may hold ours in a frame: nobody's but our own, unless the page itself says otherwise.

A page that is framed by a stranger can be clicked by a person who believes to click something else.
"""

from collections.abc import Iterable

import frappe
from werkzeug.wrappers import Request, Response


def allow(origins: Iterable[str]) -> None:
	"""Let the page that is being made be framed by these origins (`https://clinic.ru`) too."""
	frappe.flags.frame_ancestors = list(origins)


def protect(response: Response | None, request: Request) -> None:
	"""Say so in the answer (`after_request`)."""
	if response is None:
		return
	others = frappe.flags.frame_ancestors or []
	response.headers.setdefault("Content-Security-Policy", " ".join(["frame-ancestors 'self'", *others]))
	if not others:
		# For browsers that do not know the other; it cannot name sites.
		response.headers.setdefault("X-Frame-Options", "SAMEORIGIN")
