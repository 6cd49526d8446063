"""`/my`: sign-in by phone, then the patient's results, bookings and consents."""

import frappe
from frappe import _

from lab_crm.www import portal_page, texts


def get_context(context):
	"""Tell the script whether somebody is signed in; the API gives the data and checks whose it is."""
	portal_page.use_site_language()
	signed_in = frappe.session.user != "Guest"
	portal_page.set_up(
		context,
		_("My results") if signed_in else texts.my()["signin.title"],
		styles=("book", "my"),
		script="my/main.js",
		texts=texts.my(),
		data={"signed_in": signed_in},
		private=True,
		here="my",
	)
