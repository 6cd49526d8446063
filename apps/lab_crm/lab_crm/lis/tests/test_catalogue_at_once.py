"""Several people decide about one change at once, each on their own connection: a row is decided once."""

import json
import secrets

import frappe
import pytest

from lab_crm.lis import catalogue_changes
from lab_crm.lis.master_files import staging
from lab_crm.lis.tests.arrange import Line
from lab_crm.lis.tests.test_many_workers import WORKERS, at_once

SERVICES = 6


@pytest.fixture
def change(site, make):
	"""A change of several prices that every worker sees; it is removed at the end."""
	line = Line(make)
	services = [make.service().name for _ in range(SERVICES)]
	head = f"MSH|^~\\&|{line.application}|DEMO|LABCRM|DEMO|20261125||MFN^M04|{secrets.token_hex(6)}|P|2.5.1"
	lines = [head, "MFI|CDM||UPD|||AL"]
	for code in services:
		make.price(code, 500)
		lines += [f"MFE|MUP|1||{code}^{code}^L|CE", f"CDM|{code}", f"PRC|{code}||||550&RUB^UP"]
	message = line.process("\r".join(lines) + "\r")
	found = frappe.db.get_value(staging.CHANGE, {"lis_message": message.name})
	frappe.db.commit()
	yield found, services
	frappe.db.rollback()
	frappe.db.delete(staging.ROW, {"change": found})
	frappe.db.delete(staging.CHANGE, {"name": found})
	frappe.db.delete("Service Price", {"service": ("in", services)})
	frappe.db.delete("Lab Service", {"name": ("in", services)})
	frappe.db.delete("LIS Message", {"connection": line.connection.name})
	frappe.db.delete("LIS Connection", {"name": line.connection.name})
	frappe.db.commit()


def rows_of(change: str) -> list[str]:
	return frappe.get_all(staging.ROW, {"change": change}, pluck="name", order_by="position")


def looked_before(work):
	"""A request reads before it waits for the lock: what it sees afterwards is the past."""

	def done(task):
		frappe.get_all(staging.ROW, limit=1)
		answer = work(task)
		frappe.db.commit()
		return answer

	return done


def test_rows_are_applied_once_whoever_clicks(change, profile):
	name, services = change
	rows = json.dumps(rows_of(name))
	frappe.db.rollback()
	told = at_once(profile, looked_before(lambda _: catalogue_changes.apply(name, rows)), range(WORKERS))
	assert sorted(each["applied"] for each in told) == [0] * (WORKERS - 1) + [SERVICES]
	assert {each["failed"] for each in told} == {0} and {each["status"] for each in told} == {"Accepted"}
	frappe.db.rollback()
	fields = ["status", "rows_applied", "rows_waiting"]
	assert frappe.db.get_value(staging.CHANGE, name, fields) == ("Accepted", SERVICES, 0)
	assert frappe.db.count("Service Price", {"service": ("in", services), "price": 550}) == SERVICES


def test_what_one_applies_another_does_not_reject(change, profile):
	name, services = change
	rows = json.dumps(rows_of(name))
	frappe.db.rollback()
	decisions = [
		lambda: catalogue_changes.apply(name, rows)["applied"],
		lambda: catalogue_changes.reject(name, "нет")["rejected"],
	]
	told = at_once(profile, looked_before(lambda number: decisions[number % 2]()), range(WORKERS))
	assert sorted(told) == [0] * (WORKERS - 1) + [SERVICES]
	frappe.db.rollback()
	(status,) = set(frappe.get_all(staging.ROW, {"change": name}, pluck="status"))
	new = frappe.db.count("Service Price", {"service": ("in", services), "price": 550})
	assert (status, new) in (("Accepted", SERVICES), ("Rejected", 0))
