"""Fixtures of the ERP's tests, beside those of the root."""

from types import SimpleNamespace

import frappe
import pytest

from lab_erp.tests.factories import Books


@pytest.fixture
def books(site) -> Books:
	"""The site's company and ways to make documents in it."""
	return Books(frappe.get_all("Company", pluck="name", order_by="creation", limit=1)[0])


@pytest.fixture
def plan(books) -> SimpleNamespace:
	"""Accounts of the company by short names."""
	return books.accounts
