"""The feeds over HTTP."""

from io import BytesIO
from xml.etree import ElementTree

import frappe
from openpyxl import load_workbook

from lab_crm.api import feeds
from tests.support.clinic import open_clinic


def test_search_engines_get_doctors_without_signing_in(site, stack):
	clinic = open_clinic()
	frappe.cache.delete_keys(feeds.KEY)
	answer = stack.api().get("feeds.doctors")
	assert answer.headers["Content-Type"].startswith("application/xml")
	named = {one.get("id") for one in ElementTree.fromstring(answer.content).iterfind("doctors/doctor")}
	assert clinic.doctor in named
	answer = stack.api().get("feeds.doctors_workbook")
	assert answer.headers["Content-Type"] == feeds.XLSX
	sheet = load_workbook(BytesIO(answer.content), read_only=True)["Врачи"]
	assert clinic.doctor in {row[0] for row in sheet.iter_rows(values_only=True)}
