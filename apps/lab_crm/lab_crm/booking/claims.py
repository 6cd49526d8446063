"""What is sold, kept by the database: a row of Slot Claim for each 5-minute cell of each seat a booking
occupies.

The primary key is the lock. A claim's name is `<subject>:<yyyymmddHHMM, site time>:<seat>`, so two bookings
of one cell cannot both be written, whatever two processes believed when they looked. Nothing in Python
decides.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import frappe
import pymysql

from lab_crm.booking import cells
from lab_crm.booking.slots import Busy
from lab_crm.utils import clock

# No leg is longer, so an interval that reaches into a window began at most this many cells before it.
LONGEST = cells.PER_DAY
SAVEPOINT = "slot_claim"
COLUMNS = (
	"name", "creation", "modified", "owner", "modified_by", "booking",
	"subject", "start", "cell", "seat", "cells",
)  # fmt: skip


@dataclass(frozen=True)
class Interval:
	"""Cells of one seat that a booking wants."""

	subject: str
	seat: int
	first: int
	length: int


class TakenError(Exception):
	"""Another booking holds a cell of this seat."""

	def __init__(self, subject: str, seat: int):
		super().__init__(f"{subject}, seat {seat}")
		self.subject = subject
		self.seat = seat


def claim(booking: str, intervals: Iterable[Interval]) -> None:
	"""Take all cells of the intervals for a booking, or none.

	One INSERT. It waits for a transaction that is taking the same cells; when that one is rolled back, the
	cells are ours.

	Args:
		booking: name of the Booking, which may be inserted later in the transaction.
		intervals: seats and cells.

	Raises:
		TakenError: another booking has one of the cells; the transaction lives on as it was before.
		frappe.QueryDeadlockError, frappe.QueryTimeoutError: the transaction is lost and may be tried again.
	"""
	rows = [row for interval in intervals for row in _rows(booking, interval)]
	frappe.db.savepoint(SAVEPOINT)
	try:
		frappe.db.bulk_insert("Slot Claim", COLUMNS, rows)
	except pymysql.IntegrityError as error:
		frappe.db.rollback(save_point=SAVEPOINT)
		if not frappe.db.is_primary_key_violation(error):
			raise
		raise _taken(error) from error


def _taken(error: pymysql.IntegrityError) -> TakenError:
	"""Read which seat is taken from "Duplicate entry '<subject>:<time>:<seat>' for key 'PRIMARY'"."""
	subject, _time, seat = error.args[1].split("'")[1].rsplit(":", 2)
	return TakenError(subject, int(seat))


def release(booking: str) -> None:
	"""Give back everything a booking holds."""
	frappe.db.delete("Slot Claim", {"booking": booking})


def busy(subjects: Iterable[str], first: int, end: int, without: str | None = None) -> dict[str, list[Busy]]:
	"""Return the sold intervals that touch the cells from `first` to `end` (exclusive), by subject. One
	statement.

	Args:
		subjects: names of specialists and resources.
		first, end: cells.
		without: a booking whose own claims do not count, for it is being moved.
	"""
	subjects = list(subjects)
	found: dict[str, list[Busy]] = {subject: [] for subject in subjects}
	for booking, interval in sold(subjects, first, end):
		if booking != without:
			found[interval.subject].append(interval)
	return found


def sold(subjects: Iterable[str], first: int, end: int) -> list[tuple[str, Busy]]:
	"""Return the sold intervals that touch the cells from `first` to `end` (exclusive), each with its
	booking. One statement.
	"""
	subjects = list(subjects)
	if not subjects:
		return []
	claim_table = frappe.qb.DocType("Slot Claim")
	query = (
		frappe.qb.from_(claim_table)
		.select(
			claim_table.booking, claim_table.subject, claim_table.seat, claim_table.cell, claim_table.cells
		)
		.where(claim_table.subject.isin(subjects))
		.where(claim_table.cell >= first - LONGEST)
		.where(claim_table.cell < end)
		.where(claim_table.cells > 0)
	)
	return [(booking, Busy(*interval)) for booking, *interval in query.run()]


def _rows(booking: str, interval: Interval):
	now, user, zone = clock.now(), frappe.session.user, clock.site_zone()
	for number in range(interval.length):
		cell = interval.first + number
		start = cells.time_at(cell, zone).replace(tzinfo=None)
		name = f"{interval.subject}:{start:%Y%m%d%H%M}:{interval.seat}"
		length = interval.length if number == 0 else 0
		yield name, now, now, user, user, booking, interval.subject, start, cell, interval.seat, length


def bookings_between(first: int, end: int, subject: str | None, branch: str | None) -> list[str]:
	"""Return the names of bookings that hold cells from `first` to `end` (exclusive) of a subject, or of a
	whole branch.
	"""
	claim_table, booking = frappe.qb.DocType("Slot Claim"), frappe.qb.DocType("Booking")
	query = (
		frappe.qb.from_(claim_table)
		.join(booking)
		.on(booking.name == claim_table.booking)
		.where((claim_table.cell >= first) & (claim_table.cell < end))
		.select(claim_table.booking)
		.distinct()
		.orderby(claim_table.booking)
	)
	if subject:
		query = query.where(claim_table.subject == subject)
	if branch:
		query = query.where(booking.branch == branch)
	return [row[0] for row in query.run()]
