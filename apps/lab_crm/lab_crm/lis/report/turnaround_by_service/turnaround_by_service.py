from frappe import _
from frappe.utils import getdate

from lab_crm.lis import figures
from lab_crm.lis.figures import column


def execute(filters: dict) -> tuple[list[dict], list[dict]]:
	"""Return columns and rows: one service a row, those most often late first.

	Args:
		filters: `day_from`, `day_to` (days of completion), `branch`.
	"""
	columns = [
		column("service", _("Code"), "Link", 120, options="Lab Service"),
		column("service_name", _("Lab Service"), width=300),
		column("count", _("Completed"), "Int"),
		column("promised", _("Promised, Hours"), "Int", 140),
		column("median", _("Half Within, Hours"), "Float", 190, precision=1),
		column("slow", _("Nine of Ten Within, Hours"), "Float", 200, precision=1),
		column("late", _("Late"), "Int"),
		column("late_share", _("Late, %"), "Float", precision=1),
	]
	branch = filters.get("branch")
	return columns, figures.turnaround(getdate(filters["day_from"]), getdate(filters["day_to"]), branch)
