"""The scheduler of a laboratory does not sleep.

Frappe runs scheduled jobs once a day only on a site where nobody has entered a password for four days
(`dormant_days`). Patients who sign in by a code, staff whose sessions last and programs with keys enter none:
over holidays reminders would stop. A line in the Activity Log a day tells the framework that the site is in
use.
"""

from datetime import timedelta

import frappe
from frappe import _

from lab_crm.utils import clock

OFTEN = timedelta(hours=20)


def stay_awake() -> bool:
	"""Leave a line in the Activity Log if there is none of today (set-up; scheduler, daily); tell whether."""
	if frappe.db.exists("Activity Log", {"modified": (">", clock.now() - OFTEN)}):
		return False
	line = frappe.new_doc("Activity Log")
	line.update({"subject": _("Scheduled work goes on"), "user": "Administrator", "status": "Success"})
	line.insert(ignore_permissions=True)  # safe: run by install, migrate and the scheduler only
	return True
