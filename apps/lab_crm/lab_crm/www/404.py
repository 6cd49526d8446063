"""The page for addresses that lead nowhere."""

from frappe import _

from lab_crm.www import portal_page


def get_context(context):
	"""Say so and offer ways on."""
	portal_page.use_site_language()
	context.http_status_code = 404
	portal_page.set_up(context, _("This page does not exist"))
