"""What the documents of the catalogue accept and refuse."""

import frappe
import pytest

from lab_crm.utils.errors import Refusal


def analyte(code: str, **fields):
	return frappe.get_doc({"doctype": "Analyte", "code": code, "analyte_name": "Проба", **fields})


def test_a_service_needs_time(make):
	with pytest.raises(Refusal) as refused:
		make.service(duration_minutes=0)
	assert refused.value.code == "BAD_DURATION"


def test_only_a_panel_consists_of_services(make):
	item = make.service()
	rows = [{"service": item.name}]
	assert make.service(kind="Panel", panel_items=rows).panel_items[0].service_name == item.service_name
	for fields, code in (
		({"kind": "Test", "panel_items": rows}, "NOT_A_PANEL"),
		({"kind": "Panel"}, "EMPTY_PANEL"),
		({"kind": "Panel", "panel_items": rows * 2}, "TWICE"),
	):
		with pytest.raises(Refusal) as refused:
			make.service(**fields)
		assert refused.value.code == code


def test_a_panel_holds_no_panel(make):
	inner = make.service(kind="Panel", panel_items=[{"service": make.service().name}])
	with pytest.raises(Refusal) as refused:
		make.service(kind="Panel", panel_items=[{"service": inner.name}])
	assert refused.value.code == "PANEL_IN_PANEL"


@pytest.mark.parametrize(
	("fields", "code"),
	[
		({"loinc": "3016-4"}, "BAD_LOINC"),
		({"fsli_code": "ТТГ"}, "BAD_FSLI"),
		({"code": "A;B"}, "BAD_CODE"),
	],
)
def test_codes_are_looked_at(make, fields, code):
	with pytest.raises(Refusal) as refused:
		make.service(**fields)
	assert refused.value.code == code


def test_the_refusal_of_a_range_names_its_row_in_russian(site):
	rows = [{"low": "1", "high": "2"}, {"sex": "Male", "low": "5", "high": "4"}]
	with pytest.raises(Refusal) as refused:
		analyte("T-RANGE", reference_ranges=rows).insert()
	assert refused.value.code == "LOW_ABOVE_HIGH"
	assert refused.value.field == "reference_ranges"


def test_a_limit_of_zero_survives_the_database(site):
	doc = analyte("T-ZERO", reference_ranges=[{"low": "0", "high": "0,5"}]).insert()
	doc.reload()
	assert (doc.reference_ranges[0].low, doc.reference_ranges[0].critical_low) == ("0", None)


def test_preparation_comes_of_the_rule_and_of_a_panel_s_services(make):
	rule = frappe.get_doc(
		{
			"doctype": "Service Preparation",
			"code": "T-FAST",
			"preparation_name": "Проба",
			"preparation_group": "Fasting",
			"strictness": 5,
			"text": "Не ешьте 8 часов.",
		}
	).insert()
	item = make.service(preparation=None, preparation_rule=rule.name)
	assert item.preparation == "Не ешьте 8 часов."
	other = make.service(preparation="Приходите вдвоём.")
	panel = make.service(
		kind="Panel", preparation=None, panel_items=[{"service": item.name}, {"service": other.name}]
	)
	assert panel.preparation == "Не ешьте 8 часов.\n\nПриходите вдвоём."


def test_two_prices_of_one_thing_from_one_day_are_impossible(make):
	service = make.service().name
	make.price(service, 500, valid_from="2026-01-01")
	make.price(service, 550, valid_from="2026-06-01")
	with pytest.raises(frappe.DuplicateEntryError):
		make.price(service, 600, valid_from="2026-06-01")


@pytest.mark.parametrize(
	("fields", "code"),
	[({"price": -1}, "BAD_PRICE"), ({"valid_from": "2026-02-01", "valid_to": "2026-01-31"}, "BAD_DATES")],
)
def test_a_price_that_cannot_be(make, fields, code):
	with pytest.raises(Refusal) as refused:
		make.price(make.service().name, **fields)
	assert refused.value.code == code


def test_what_is_priced_cannot_be_changed_later(make):
	price = make.price(make.service().name, 500)
	price.service = make.service().name
	with pytest.raises(frappe.CannotChangeConstantError):
		price.save()


def test_only_a_panel_is_offered(make):
	service = make.service()
	rule = {
		"doctype": "Upsell Rule",
		"code": "T-UP",
		"rule_name": "Проба",
		"offer_text": "Проба",
		"offer": service.name,
		"triggers": [{"service": service.name}],
	}
	with pytest.raises(Refusal) as refused:
		frappe.get_doc(rule).insert()
	assert refused.value.code == "NOT_A_PANEL"


@pytest.mark.parametrize("role", ["Lab Receptionist", "Lab Nurse", "Lab Doctor", "Lab Integration"])
def test_staff_read_the_catalogue_and_do_not_change_it(make, as_user, role):
	service = make.service()
	with as_user(role):
		doc = frappe.get_doc("Lab Service", service.name)
		doc.check_permission("read")
		doc.service_name = "Другое"
		with pytest.raises(frappe.PermissionError):
			doc.save()


@pytest.mark.parametrize("role", ["Lab Administrator", "Lab Director"])
def test_who_runs_the_laboratory_changes_the_catalogue(make, as_user, role):
	service = make.service()
	with as_user(role):
		doc = frappe.get_doc("Lab Service", service.name)
		doc.service_name = "Другое"
		doc.save()
	assert frappe.db.get_value("Lab Service", service.name, "service_name") == "Другое"
