"""`recall_scan`: a million finished orders, twenty rules, one run of the scan.

The orders are written straight into the database of the bench: twelve months of them, two examinations each.
"""

import resource
from collections.abc import Iterator

import frappe

from lab_crm.demo.bench.measure import Figure, seconds
from lab_crm.demo.network import insert
from lab_crm.recall import scan
from lab_crm.utils import clock

ORDERS, PATIENTS, RULES, SERVICES = 1_000_000, 150_000, 20, 100
STEP = 50_000
DAYS = 400
MONTHS = (1, 2, 3, 6, 9, 11, 12)
MARK = "RECALLBENCH"
PATIENT_ROWS = """
	insert into `tabPatient` (name, creation, modified, owner, modified_by, last_name, full_name, status)
	select concat(%(mark)s, 'P', seq), now(), now(), 'Administrator', 'Administrator', 'Нагрузочная',
		'Нагрузочная', 'Active'
	from seq_1_to_100000000 where seq between %(first)s and %(last)s"""
ORDER_ROWS = """
	insert into `tabLab Order` (name, creation, modified, owner, modified_by, patient, branch, status,
		ordered_at, completed_on, placer_number)
	select concat(%(mark)s, 'O', seq), now(), now(), 'Administrator', 'Administrator',
		concat(%(mark)s, 'P', 1 + (seq * 7919) %% %(patients)s), %(branch)s, 'Ready',
		date_sub(%(now)s, interval (seq * 37) %% (%(days)s * 1440) minute),
		date_add(date_sub(%(now)s, interval (seq * 37) %% (%(days)s * 1440) minute), interval 5 hour),
		concat(%(mark)s, 'O', seq)
	from seq_1_to_100000000 where seq between %(first)s and %(last)s"""
ITEM_ROWS = """
	insert into `tabLab Order Item` (name, creation, modified, owner, modified_by, parent, parenttype,
		parentfield, idx, service, status)
	select concat(%(mark)s, 'I', seq, '-', part.idx), now(), now(), 'Administrator', 'Administrator',
		concat(%(mark)s, 'O', seq), 'Lab Order', 'items', part.idx,
		concat(%(mark)s, (seq * part.idx * 31 + part.idx) %% %(services)s), 'Ready'
	from seq_1_to_100000000 join (select 1 as idx union select 2) as part
	where seq between %(first)s and %(last)s"""


def run(branch: str) -> Iterator[Figure]:
	"""Measure the scan with half of the orders and with all: memory must not grow with them.

	Args:
		branch: a Lab Branch of the bench.
	"""
	_make_rules()
	figures = []
	for orders in (ORDERS // 2, ORDERS):
		_fill(orders, branch)
		frappe.db.delete("Recall", {"rule": ("in", _rules())})
		frappe.db.commit()
		figures.append(_scan(orders))
	half, whole = figures
	note = f"{RULES} rules; {whole[1]} recalls; {ORDERS // 2} orders: {half[0]:.1f} s; memory +{whole[2]} MB"
	yield Figure(
		"recall_scan", whole[0], "s", half[0], whole[0] / half[0], "<= 60 s, ratio <= 2.4", ORDERS, note
	)
	again = seconds(_plan_all)
	yield Figure(
		"recall_scan_again", again, "s", whole[0], again / whole[0], "<= 1", ORDERS, "nothing is new"
	)


def _scan(orders: int) -> tuple[float, int, int]:
	"""Return seconds, new recalls, and by how many megabytes the process grew at most."""
	before = _peak()
	planned = []
	took = seconds(lambda: planned.append(_plan_all()))
	return took, planned[0], _peak() - before


def _plan_all() -> int:
	today = clock.now().date()
	found = 0
	for rule in _rules():
		found += scan.plan(rule, today)
		frappe.db.commit()
	return found


def _rules() -> list[str]:
	return frappe.get_all("Recall Rule", {"rule_name": ("like", f"{MARK}%")}, pluck="name", order_by="name")


def _make_rules() -> None:
	"""Make the services and a rule for every fifth of them, once; the rules are switched off."""
	for number in range(SERVICES):
		if not frappe.db.exists("Lab Service", f"{MARK}{number}"):
			insert("Lab Service", code=f"{MARK}{number}", service_name=f"{MARK}{number}", kind="Test")
	for number in range(RULES):
		title = f"{MARK} {number}"
		if not frappe.db.exists("Recall Rule", {"rule_name": title}):
			insert(
				"Recall Rule",
				rule_name=title,
				is_active=0,
				service=f"{MARK}{number * SERVICES // RULES}",
				months=MONTHS[number % len(MONTHS)],
				reason="Нагрузка",
			)
	frappe.db.commit()


def _fill(orders: int, branch: str) -> None:
	"""Have so many orders of the bench, and their patients."""
	values = {"mark": MARK, "branch": branch, "patients": PATIENTS, "services": SERVICES, "days": DAYS}
	values["now"] = clock.now().replace(microsecond=0)
	for doctype, target, statements in (
		("Patient", PATIENTS, (PATIENT_ROWS,)),
		("Lab Order", orders, (ORDER_ROWS, ITEM_ROWS)),
	):
		have = frappe.db.count(doctype, {"name": ("like", f"{MARK}%")})
		for first in range(have + 1, target + 1, STEP):
			for statement in statements:
				frappe.db.sql(statement, {**values, "first": first, "last": min(first + STEP - 1, target)})
			frappe.db.commit()


def _peak() -> int:
	"""Return the most memory this process has held, in megabytes."""
	return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
