"""What the API says, and pages behind a personal link or a sign-in, stay in no browser's or proxy's store."""

import re

from werkzeug.wrappers import Request, Response

PRIVATE = re.compile(r"/(api|b|r|v|my|hr|pay|survey)(/.*)?")


def forbid(response: Response | None, request: Request) -> None:
	"""Say so in the answer, unless it says something of its own (`after_request`)."""
	if response is not None and PRIVATE.fullmatch(request.path):
		response.headers.setdefault("Cache-Control", "no-store")
