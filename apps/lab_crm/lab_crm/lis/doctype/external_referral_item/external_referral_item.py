from frappe.model.document import Document


class ExternalReferralItem(Document):
	"""One examination of an order on a referral."""
