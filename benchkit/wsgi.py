"""The web application: one site, whatever the Host header says. nginx before it serves static files."""

import os

import frappe.app

frappe.app._site = os.environ["FRAPPE_SITE"]
frappe.app._sites_path = os.environ["SITES_PATH"]
application = frappe.app.application
