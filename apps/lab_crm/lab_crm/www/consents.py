"""The texts of consents as patients meet them on pages."""

from lab_crm.privacy import consents

# Asked for on the website, in this order.
# Exchange with state systems is agreed at the desk, with the person's papers at hand.
ASKED = (consents.PERSONAL, consents.MEDICAL, consents.SERVICE, consents.RESULTS_BY_EMAIL, consents.MARKETING)


def purpose_of(address: str) -> str | None:
	"""Return the purpose whose text has this address, None when there is none."""
	return next((purpose for purpose in consents.PURPOSES if consents.slug(purpose) == address), None)


def for_booking() -> list[dict]:
	"""Return the consents to ask for: {purpose, slug, title, short_text, required, needs_email}."""
	forms = consents.published_forms()
	return [
		{
			"purpose": purpose,
			"slug": consents.slug(purpose),
			"title": forms[purpose]["title"],
			"short_text": forms[purpose]["short_text"],
			"required": bool(forms[purpose]["is_required"]),
			"needs_email": purpose == consents.RESULTS_BY_EMAIL,
		}
		for purpose in ASKED
		if purpose in forms
	]
