from frappe.model.document import Document

from lab_crm.utils.rows import WrittenWithParent


class BookingService(WrittenWithParent, Document):
	"""What was bought by a booking or in a visit, and at which price."""
