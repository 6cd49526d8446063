"""The feeds over HTTP."""

from io import BytesIO
from xml.etree import ElementTree

from openpyxl import load_workbook

from lab_crm.api import feeds
from tests.support.clinic import open_clinic


def test_search_engines_get_doctors_without_signing_in(site, stack):
	clinic = open_clinic()
	answer = stack.api().get("feeds.doctors", branch=clinic.branch)
	assert answer.status_code == 200, answer.text
	assert answer.headers["Content-Type"].startswith("application/xml")
	named = {one.get("id") for one in ElementTree.fromstring(answer.content).iterfind("doctors/doctor")}
	assert named == {clinic.doctor}
	answer = stack.api().get("feeds.doctors_workbook", branch=clinic.branch)
	assert answer.headers["Content-Type"] == feeds.XLSX
	sheet = load_workbook(BytesIO(answer.content), read_only=True)["Врачи"]
	assert [row[0] for row in sheet.iter_rows(min_row=2, values_only=True)] == [clinic.doctor]
	assert stack.api().get("feeds.doctors", branch="NOWHERE").status_code == 404
