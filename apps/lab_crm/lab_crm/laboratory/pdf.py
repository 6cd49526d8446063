"""PDF of an HTML document, by WeasyPrint: pages numbered by CSS, fonts embedded, nothing from outside."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

import frappe
from frappe import _

FILES, PRIVATE = "/files/", "/private/files/"


def render_html(html: str) -> bytes:
	"""Return the PDF of a whole HTML page.

	Args:
		html: the page with its styles; images are data URIs or public files of the site.
	"""
	# Imported late: it loads Pango, which most processes never need.
	from weasyprint import HTML

	return HTML(string=html, url_fetcher=_fetch, base_url="site:/").write_pdf()


def page(body: str, title: str, foot: str) -> str:
	"""Return an A4 page around a document's body, with a running header and "page x of y".

	Args:
		body: HTML of the document; an element with `position: running(head)` becomes the header of further
			pages.
		title: title of the document.
		foot: text of the left bottom corner.
	"""
	context = {"body": body, "title": title, "foot": foot.replace('"', ""), "lang": frappe.local.lang or "ru"}
	return frappe.render_template("lab_crm/templates/print/page.html", context)


def _fetch(url: str, *_arguments, **_options) -> dict:
	"""Give WeasyPrint a public file of this site; a template cannot make the server call anywhere else."""
	parts = urlsplit(url)
	if parts.scheme == "data":
		from weasyprint import default_url_fetcher

		return default_url_fetcher(url)
	path = unquote(parts.path)
	folder = Path(frappe.get_site_path("public", "files")).resolve()
	file = (folder / path.removeprefix(FILES)).resolve()
	if parts.netloc or not path.startswith(FILES) or not file.is_relative_to(folder) or not file.is_file():
		raise ValueError(_("Only files of this site may be printed"))
	return {"string": file.read_bytes()}
