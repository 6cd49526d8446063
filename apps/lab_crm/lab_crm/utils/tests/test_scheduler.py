"""The scheduler works on where nobody enters a password."""

from datetime import timedelta

import frappe
import pytest
from frappe.utils import scheduler

from lab_crm import hooks, install
from lab_crm.utils import clock
from lab_crm.utils.scheduler import stay_awake


@pytest.fixture
def deserted(site):
	"""A site whose jobs have run and where nobody has ever logged in."""
	frappe.db.delete("Activity Log")
	job = frappe.get_all("Scheduled Job Type", {"method": "lab_crm.utils.scheduler.stay_awake"}, pluck="name")
	frappe.get_doc(
		{"doctype": "Scheduled Job Log", "scheduled_job_type": job[0], "status": "Complete"}
	).insert()


def runs(days: int = 0) -> bool:
	return scheduler.schedule_jobs_based_on_activity(check_time=clock.now() + timedelta(days=days, seconds=1))


def test_jobs_run_where_nobody_logs_in(deserted):
	assert not runs()
	assert stay_awake()
	assert runs() and runs(days=3)


def test_a_line_a_day_is_enough(deserted):
	assert stay_awake() and not stay_awake()
	yesterday = clock.now() - timedelta(days=1)
	frappe.db.set_value(
		"Activity Log", {"modified": (">", yesterday)}, "modified", yesterday, update_modified=False
	)
	assert stay_awake()
	assert frappe.db.count("Activity Log") == 2


def test_a_fresh_site_is_awake_and_stays_so():
	assert "lab_crm.utils.scheduler.stay_awake" in install.SETUPS
	assert "lab_crm.utils.scheduler.stay_awake" in hooks.scheduler_events["daily"]
