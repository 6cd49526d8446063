"""Default deny for everybody who is not desk staff.

Frappe whitelists hundreds of methods and serves every DocType and page; a guest, a patient or a company's
contact needs a few of them. This runs after authentication (`auth_hooks`) and lets guests and website users
reach the endpoints of this API, a short list of framework methods, and the pages of the portal. Everything
else is refused, whatever its own permissions would say.

Another app adds its own in hooks: `lab_crm_public_methods` (dotted paths), `lab_crm_public_pages` (regular
expressions).
"""

import json
import re
from functools import cache
from urllib.parse import quote

import frappe
from frappe import _
from frappe.website.serve import get_response
from werkzeug.exceptions import HTTPException
from werkzeug.utils import redirect
from werkzeug.wrappers import Response

from lab_crm.api.endpoint import Endpoint, check_caller, load
from lab_crm.utils.errors import Refusal

# Signing in and out, a forgotten password, a sign of life.
FRAMEWORK_METHODS = frozenset(
	{
		"login",
		"logout",
		"web_logout",
		"ping",
		"frappe.ping",
		"frappe.core.doctype.user.user.reset_password",
		"frappe.core.doctype.user.user.update_password",
		"frappe.core.doctype.user.user.test_password_strength",
	}
)
PAGES = (
	r"/",
	r"/index",
	r"/book",
	r"/consent/[^/]+",
	r"/(b|r|v|pay|survey)/[^/]+",
	r"/(my|hr)(/[^/]+)*",
	r"/login",
	r"/update-password",
	r"/assets/.+",
	r"/files/.+",
	r"/(favicon\.ico|robots\.txt|sitemap\.xml|website_script\.js|404)",
)
METHOD_PATH = re.compile(r"/api/(?:v[12]/)?method/([A-Za-z0-9_.]+)/?")
ODD_PATH = re.compile(r"//|\\|/\.\.?(/|$)|[\x00-\x1f]")
DESK = re.compile(r"/(app|desk)(/.*)?")
SAFE = ("GET", "HEAD")


def check() -> None:
	"""Stop the request unless its user may make it.

	Raises:
		HTTPException: carries the answer: an error in the API's form, a page, or the way to the login page.
	"""
	request = frappe.local.request
	if request.method == "OPTIONS" or is_staff():
		return
	command = frappe.form_dict.get("cmd")
	called = METHOD_PATH.fullmatch(request.path)
	if command:
		# Frappe runs `cmd` whatever the path says.
		_check_method(command)
	elif called:
		_check_method(called.group(1))
	elif request.path.startswith("/api/"):
		_refuse()
	else:
		_check_page(request)


def is_staff() -> bool:
	"""Say whether the user works at the desk."""
	user = frappe.session.user
	if user in ("Guest", ""):
		return False
	return user == "Administrator" or frappe.get_cached_value("User", user, "user_type") == "System User"


def _check_method(name) -> None:
	if not isinstance(name, str):
		_refuse()
	spec = _endpoints().get(name)
	if spec:
		try:
			check_caller(spec)
		except Refusal as refusal:
			_answer(refusal)
	elif name not in FRAMEWORK_METHODS and name not in frappe.get_hooks("lab_crm_public_methods"):
		_refuse()


@cache
def _endpoints() -> dict[str, Endpoint]:
	return load()


def _check_page(request) -> None:
	path = request.path
	if request.method not in SAFE:
		_refuse()
	if DESK.fullmatch(path) and frappe.session.user == "Guest":
		raise HTTPException(response=redirect(f"/login?redirect-to={quote(path)}"))
	if ODD_PATH.search(path) or not _is_public_page(path):
		raise HTTPException(response=_missing_page())
	if path == "/login" and not all(map(_is_local, request.args.getlist("redirect-to"))):
		raise HTTPException(response=redirect("/login"))


def _is_public_page(path: str) -> bool:
	patterns = (*PAGES, *frappe.get_hooks("lab_crm_public_pages"))
	return any(re.fullmatch(f"(?:{pattern})/?", path) for pattern in patterns)


def _missing_page() -> Response:
	response = get_response("404")
	response.status_code = 404
	return response


def _is_local(target: str) -> bool:
	"""Say whether a redirect stays on this site."""
	return target.startswith("/") and not ODD_PATH.search(target[:2]) and ":" not in target.split("?")[0]


def _refuse() -> None:
	_answer(Refusal("FORBIDDEN", _("You have no access to this"), status=403))


def _answer(refusal: Refusal) -> None:
	body = json.dumps({"error": refusal.as_dict()}, ensure_ascii=False)
	raise HTTPException(response=Response(body, status=refusal.http_status_code, mimetype="application/json"))
