"""The register by OMS: nothing leaves while something is missing, and what is missing is named."""

from xml.etree import ElementTree as ET

import frappe
import pytest

from lab_crm.erp import invoices, oms_register, register_files
from lab_crm.erp.tests import books_of
from lab_crm.erp.tests.insurance import Insurance
from lab_crm.erp.tests.test_registers import collected, opened, stored
from lab_crm.erp.tests.test_till import refused
from lab_crm.laboratory.checkin import check_in
from lab_crm.laboratory.tests.arrange import insert
from lab_crm.privacy import access_log
from lab_crm.utils import clock

pytestmark = pytest.mark.usefixtures("kept")
# A certificate of nine digits that nobody was given.
CERTIFICATE = "000000001"


@pytest.fixture
def insurance(make, noon):
	books_of.ready()
	insurance = Insurance(make)
	terms = {**insurance.numbered(), "insurer": insurance.insurer, "funding": "OMS"}
	insurance.contract = insert("Insurer Contract", **terms)
	return insurance


def visited(insurance, policy: bool = True) -> None:
	if policy:
		patient = insurance.lab.patient
		patient.append("policies", {"kind": "OMS", "number": CERTIFICATE, "insurer": insurance.insurer})
		patient.save()
	service = insurance.lab.biochemistry
	visit = check_in(insurance.lab.booking(service, funding="OMS").name)["visit"]
	invoices.charge(visit)


def fill_in(insurance, register) -> None:
	frappe.db.set_single_value("ERP Settings", "company_inn", "7700000000")
	insurance.contract.insurer_code = "77001"
	insurance.contract.save()
	frappe.db.set_value("Lab Service", insurance.lab.biochemistry.name, "nmu_code", "A09.05.023")
	register.collect()
	doc = stored(register)
	doc.rows[0].icd10 = "Z00.0"
	doc.save()


def test_what_is_missing_is_named_row_by_row(insurance, as_user):
	visited(insurance)
	frappe.db.set_single_value("ERP Settings", "company_inn", "")
	frappe.db.set_value("Patient", insurance.lab.patient.name, {"sex": "Unknown"})
	with as_user("Lab Accountant"):
		register = collected(insurance)
		found = [(one["row"], one["field"]) for one in register.problems()]
		refusal = refused("OMS_INCOMPLETE", register_files.oms_xml, register.name)
	assert found == [(0, "insurer_code"), (0, "company_inn"), (1, "icd10"), (1, "nmu_code"), (1, "sex")]
	assert len(refusal.data["problems"]) == 5 and "Строка 1: укажите диагноз" in refusal.message


def test_an_empty_one_and_one_of_dms_are_not_exported(insurance, make):
	assert "rows" in [one.field for one in oms_register.problems(opened(insurance))]
	dms = Insurance(make)
	refused("NOT_OMS", oms_register.export, opened(dms))


@pytest.mark.parametrize(
	("diagnosis", "right"),
	[("Z00.0", True), ("J06", True), ("I25.12", True), ("z00.0", False), ("Z0", False), ("Здоров", False)],
)
def test_a_diagnosis_is_a_code(insurance, diagnosis, right):
	visited(insurance)
	register = collected(insurance)
	register.rows[0].icd10 = diagnosis
	assert ("icd10" in [one.field for one in oms_register.problems(register)]) is not right


def test_a_whole_one_is_exported(insurance, as_user):
	visited(insurance)
	register = opened(insurance)
	fill_in(insurance, register)
	with as_user("Lab Accountant"):
		register_files.oms_xml(register.name)
	root = ET.fromstring(frappe.local.response.filecontent)
	assert (root.tag, root.get("number"), root.get("total"), root.get("services")) == (
		"omsRegister",
		register.name,
		"900.00",
		"1",
	)
	assert root.find("insurer").get("code") == "77001"
	[service] = root.findall("service")
	patient = insurance.lab.patient
	assert service.find("patient").attrib == {
		"id": patient.name,
		"lastName": patient.last_name,
		"firstName": patient.first_name,
		"middleName": patient.middle_name,
		"birthDate": "1985-03-14",
		"sex": "2",
	}
	assert service.find("policy").attrib == {"number": CERTIFICATE, "kind": "temporary"}
	texts = {node.tag: node.text for node in service if node.text and node.text.strip()}
	assert texts == {
		"date": str(clock.now().date()),
		"code": "A09.05.023",
		"name": insurance.lab.biochemistry.service_name,
		"diagnosis": "Z00.0",
		"quantity": "1",
		"tariff": "900.00",
		"amount": "900.00",
	}


def test_whoever_reads_diagnoses_is_written_down(insurance, as_user, monkeypatch):
	visited(insurance)
	register = opened(insurance)
	fill_in(insurance, register)
	monkeypatch.setattr(access_log, "is_staff_request", lambda: True)
	monkeypatch.setattr(frappe.local, "request_ip", "127.0.0.1", raising=False)
	with as_user("Lab Accountant") as user:
		register_files.oms_xml(register.name)
		stored(register).apply_fieldlevel_read_permissions()
	filters = {"patient": insurance.lab.patient.name, "document_name": register.name}
	rows = frappe.get_all("Patient Access Log", filters, ["user", "action"])
	assert sorted((row.user, row.action) for row in rows) == [(user, "API"), (user, "Export")]


def test_by_oms_the_insurer_is_billed_whatever_letters_say(insurance):
	visited(insurance)
	assert collected(insurance).row_count == 1
