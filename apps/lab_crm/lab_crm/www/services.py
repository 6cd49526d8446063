"""`/services`: all services that can be booked online, each with a page of its own."""

from frappe import _

from lab_crm.www import portal_page, service


def get_context(context):
	"""List them by group."""
	portal_page.use_site_language()
	page = portal_page.set_up(context, _("Services and prices"), styles=("book",))
	page.groups = service.listed()
