from frappe import _
from frappe.utils import getdate

from lab_crm.lis import figures
from lab_crm.lis.figures import column


def execute(filters: dict) -> tuple[list[dict], list[dict]]:
	"""Return columns and rows: one reason a row.

	Args:
		filters: `day_from`, `day_to`.
	"""
	columns = [
		column("count", _("Messages"), "Int", 110),
		column("reason", _("Reason"), width=430),
		column("status", _("Status")),
		column("direction", _("Direction")),
		column("message_type", _("Message Type")),
		column("connection", _("Connection"), "Link", 180, options="LIS Connection"),
		column("latest", _("Last Time"), "Datetime", 170),
	]
	rows = figures.failures(getdate(filters["day_from"]), getdate(filters["day_to"]))
	for row in rows:
		row |= {"status": _(row["status"]), "direction": _(row["direction"])}
	return columns, rows
