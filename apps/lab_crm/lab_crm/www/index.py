"""The front page of the laboratory's site."""

from itertools import groupby

import frappe
from frappe import _

from lab_crm.www import portal_page


def get_context(context):
	"""Patients see what they came for; staff are sent to their desk."""
	portal_page.use_site_language()
	if portal_page.is_staff():
		frappe.local.flags.redirect_location = "/app"
		raise frappe.Redirect
	page = portal_page.set_up(context, _("Analyses without a queue"))
	page.cities = [
		(city, list(items)) for city, items in groupby(page.branches, key=lambda branch: branch.city)
	]
