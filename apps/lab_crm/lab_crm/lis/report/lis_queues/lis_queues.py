from frappe import _

from lab_crm.lis import figures
from lab_crm.lis.figures import column


def execute(filters: dict | None = None) -> tuple[list[dict], list[dict]]:
	"""Return columns and rows: one connection a row."""
	columns = [
		column("connection", _("Connection"), "Link", 200, options="LIS Connection"),
		column("state", _("State")),
		column("to_process", _("To Process"), "Int", 170),
		column("unmatched", _("Unmatched"), "Int", 150),
		column("failed_in", _("Failed"), "Int"),
		column("to_send", _("To Send"), "Int"),
		column("dead", _("Given Up"), "Int"),
		column("oldest_minutes", _("Oldest Waits, Minutes"), "Int", 190),
		column("heard_at", _("Last Received"), "Datetime", 170),
	]
	return columns, figures.queues()
