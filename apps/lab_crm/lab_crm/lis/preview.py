"""A preview of what a connection sends, about an order made up for the purpose: nobody's data are shown."""

from datetime import date

import frappe
from frappe import _

from lab_crm.laboratory.orders import LisItem, LisOrder, LisPatient, LisSpecimen
from lab_crm.lis import outbox
from lab_crm.lis.hl7.build import BUILDERS, NEW
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal


@frappe.whitelist()
def preview(connection: str, message_type: str | None = None) -> str:
	"""Return the message a connection would send about an order made up for the purpose.

	Args:
		connection: name of the LIS Connection, as it is saved.
		message_type: OML^O21, ORM^O01, ADT^A04 or ADT^A08; by default that of its orders.

	Raises:
		frappe.PermissionError: the user may not change the connection.
		Refusal: `NO_MESSAGE`: such a message cannot be made; the text says why.
	"""
	profile = frappe.get_doc("LIS Connection", connection)
	profile.check_permission("write")
	kind = message_type or profile.order_message
	if kind not in (*BUILDERS, "ADT^A04", "ADT^A08"):
		raise Refusal("NO_MESSAGE", _("{0} is no message we send").format(kind), "message_type")
	try:
		return outbox.compose(profile, kind, sample_order(), NEW, "PREVIEW")
	except ValueError as error:
		raise Refusal("NO_MESSAGE", _("The message could not be made: {0}").format(error)) from error


def sample_order() -> LisOrder:
	"""Return an order that nobody made, for previews."""
	moment = clock.now().replace(microsecond=0)
	first = LisItem("GLU", _("Glucose"), "GLU", "14749-6", "1017148", "SER", "100000000015", "Planned")
	second = LisItem("CBC", _("Blood count"), "CBC", "", "", "EDTA", "100000000022", "Planned")
	tubes = [
		LisSpecimen(row.specimen, row.sample_type, name, code, "Collected", moment)
		for row, name, code in ((first, _("Blood serum"), "119"), (second, _("Blood with EDTA"), "108"))
	]
	person = (_("Obraztsova"), _("Anna"), "", date(1990, 2, 3), "Female")
	contacts = ("000-000-000 00", "+70000000000", "anna@lab-crm.invalid")
	patient = LisPatient("PAT-00000000", *person, *contacts)
	return LisOrder(
		name="ORD-00000000",
		placer_number="ORD-00000000",
		filler_number="",
		lis_connection=None,
		status="Queued",
		priority="Urgent",
		ordered_at=moment,
		branch=_("Branch"),
		visit="VIS-00000000",
		comment=_("Fasting"),
		patient=patient,
		items=[first, second],
		specimens=tubes,
	)
