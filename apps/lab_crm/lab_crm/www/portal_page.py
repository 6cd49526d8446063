"""What every patient page gets: language, name and phone, scripts and styles with versions, the CSRF token.

The pages stand alone (templates/portal/base.html); Frappe only finds and renders them.
"""

import hashlib
import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import frappe
from frappe import _

from lab_crm.www import branches as network

ASSETS = Path(__file__).resolve().parent.parent / "public" / "portal"
URL = "/assets/lab_crm/portal"
FRAMEWORK_NAME = "Frappe"
_IMPORT = re.compile(r'^import .*?from "(\.[^"]+)";$', re.MULTILINE)


def set_up(
	context: Any,
	title: str,
	*,
	styles: tuple[str, ...] = (),
	script: str | None = None,
	texts: dict[str, str] | None = None,
	data: dict[str, Any] | None = None,
	private: bool = False,
	**more: Any,
) -> frappe._dict:
	"""Fill Frappe's page context; templates read `page`.

	Args:
		context: the context Frappe made.
		title: heading and window title.
		styles: style sheets besides the base ones, by name.
		script: the page's module under public/portal/js.
		texts: words for the script (lab_crm.www.texts).
		data: what the script starts with; must be JSON.
		private: the address holds a token or the page is somebody's own: no referrer, no index.
		more: further values for the template.

	Returns:
		`context.page`.
	"""
	context.no_cache = 1
	context.title = title
	context.page = frappe._dict(
		title=title,
		private=private,
		texts=texts or {},
		texts_json=to_script(texts or {}),
		data_json=to_script(data or {}),
		**_laboratory(),
		**_files(styles, script),
	)
	context.page.update(more)
	return context.page


def _laboratory() -> dict[str, Any]:
	"""Who speaks to whom: the laboratory, its branches, the visitor."""
	places = network.active()
	return {
		"lang": frappe.local.lang,
		"site": site_name(),
		"here": None,
		"branches": places,
		"phone": places[0].phone if places else None,
		"phone_text": places[0].phone_text if places else None,
		"legal_name": next((place.legal_name for place in places if place.legal_name), None),
		"licence": next((place.licence for place in places if place.licence), None),
		"csrf": csrf_token(),
		"staff": is_staff(),
	}


def _files(styles: tuple[str, ...], script: str | None) -> dict[str, Any]:
	"""The addresses of styles and scripts."""
	version = _versions()
	return {
		"asset": lambda path: f"{URL}/{path}?v={version.get(path, '')}",
		"styles": ("tokens", "base", "forms", "parts", *styles),
		"script": script,
		"import_map": _import_map(),
		"preload": _preload(script) if script else (),
	}


def use_site_language() -> None:
	"""Speak the site's language whatever the browser prefers: services and branches are named in it."""
	frappe.local.lang = frappe.get_system_settings("language") or "ru"


def site_name() -> str:
	"""Return the laboratory's name: Website Settings → App Name."""
	name = frappe.db.get_single_value("Website Settings", "app_name")
	return name if name and name != FRAMEWORK_NAME else _("Laboratory")


def csrf_token() -> str | None:
	"""Return the token that changes from this page must carry; a guest has no session and needs none."""
	return None if frappe.session.user == "Guest" else frappe.sessions.get_csrf_token()


def is_staff() -> bool:
	"""Say whether the visitor works here."""
	return frappe.session.data.user_type == "System User"


def to_script(value: Any) -> str:
	"""Return JSON that is safe inside a script element: nothing in it ends the element or opens a comment."""
	text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
	return (
		text.replace("&", "\\u0026")
		.replace("<", "\\u003c")
		.replace(">", "\\u003e")
		.replace("\u2028", "\\u2028")
	)


@lru_cache(maxsize=1)
def _versions() -> dict[str, str]:
	"""Return a short digest of each file: a changed file has a new address, so all are cached for long."""
	files = [path for path in ASSETS.rglob("*") if path.is_file()]
	return {
		path.relative_to(ASSETS).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:10]
		for path in files
	}


@lru_cache(maxsize=1)
def _import_map() -> str:
	"""Return the map by which modules import each other at their versioned addresses."""
	versions = _versions()
	scripts = sorted(path for path in versions if path.endswith(".js"))
	return to_script({"imports": {f"{URL}/{path}": f"{URL}/{path}?v={versions[path]}" for path in scripts}})


@lru_cache(maxsize=16)
def _preload(script: str) -> tuple[str, ...]:
	"""Return the addresses of all modules the script imports: they load at once, not one after another."""
	found: dict[str, None] = {}
	ahead = [script]
	while ahead:
		name = ahead.pop()
		if name in found:
			continue
		found[name] = None
		path = ASSETS / "js" / name
		for target in _IMPORT.findall(path.read_text(encoding="utf-8")):
			ahead.append((path.parent / target).resolve().relative_to(ASSETS / "js").as_posix())
	return tuple(f"{URL}/js/{name}?v={_versions()[f'js/{name}']}" for name in found)
