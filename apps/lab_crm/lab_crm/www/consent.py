"""`/consent/<purpose>`: the text of the consent in force, as it is given with a tick."""

import frappe
from frappe import _

from lab_crm.privacy import consents as registry
from lab_crm.www import consents, portal_page


def get_context(context):
	"""Show the published form of the purpose in the address."""
	portal_page.use_site_language()
	purpose = consents.purpose_of(str(frappe.form_dict.get("purpose") or ""))
	row = registry.published_forms().get(purpose)
	if not row:
		context.http_status_code = 404
		portal_page.set_up(
			context, _("There is no such text"), form=None, refusal=_("Choose a consent on the booking page.")
		)
		return
	form = frappe.get_cached_doc("Consent Form", row["name"])
	portal_page.set_up(
		context,
		form.title,
		form={
			"title": form.title,
			"short_text": form.short_text,
			"text_html": form.text,
			"version_text": _("Version {0}").format(form.version),
		},
	)
