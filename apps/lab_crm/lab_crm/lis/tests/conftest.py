"""Fixtures of the LIS line."""

import frappe
import pytest

from lab_crm.lis.tests.arrange import Line


@pytest.fixture
def kept(site):
	"""Commits stay within the test's transaction: a rollback goes back to the last of them."""
	database = frappe.local.db
	rollback = database.rollback

	def commit():
		database.savepoint("committed")

	def back(*, save_point=None):
		rollback(save_point=save_point or "committed")

	commit()
	database.commit, database.rollback = commit, back
	yield
	del database.commit, database.rollback


@pytest.fixture
def line(make, kept):
	"""A laboratory with a LIS."""
	line = Line(make)
	frappe.db.commit()
	return line
