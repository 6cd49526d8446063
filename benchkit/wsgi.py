"""The web application of a bench without nginx: static files beside Frappe, one site whatever the Host header says."""

import os
from pathlib import Path

import frappe.app
from frappe.middlewares import StaticDataMiddleware
from werkzeug.middleware.shared_data import SharedDataMiddleware

SITES = Path(os.environ["SITES_PATH"])

frappe.app._site = os.environ["FRAPPE_SITE"]
frappe.app._sites_path = str(SITES)
application = SharedDataMiddleware(frappe.app.application, {"/assets": str(SITES / "assets")})
application = StaticDataMiddleware(application, {"/files": str(SITES)})
