"""The work list of codes nobody knows: filled by messages, emptied by one click."""

import secrets

import frappe
import pytest

from lab_crm.laboratory import critical
from lab_crm.laboratory.tests.arrange import events_of, fresh, insert
from lab_crm.lis import code_maps, inbox, unknown_codes
from lab_crm.lis.tests.arrange import results_of, values_of
from lab_crm.utils.errors import Refusal


def listed(line, **filters):
	"""The rows of the work list of the test's LIS."""
	fields = [
		"name",
		"lis_code",
		"lis_name",
		"kind",
		"unit",
		"status",
		"occurrences",
		"code_map",
		"last_message",
	]
	filters = {"connection": line.connection.name, **filters}
	return frappe.get_all("LIS Unknown Code", filters=filters, fields=fields, order_by="kind, lis_code")


def code() -> str:
	return f"X{secrets.token_hex(4)}"


def strange(line, order, theirs, value="5.2", **parts):
	"""A message with a value under a code of theirs."""
	return line.process(line.report(order, line.glucose(value, code=theirs), **parts))


def test_an_unknown_code_is_listed_once_and_counted(line):
	theirs = code()
	strange(line, line.order(line.lab.biochemistry), theirs)
	row = strange(line, line.order(line.lab.biochemistry), theirs)
	(found,) = listed(line)
	assert (found.lis_code, found.kind, found.status, found.occurrences) == (theirs, "Analyte", "Open", 2)
	assert (found.lis_name, found.unit, found.last_message) == ("Глюкоза", "ммоль/л", row.name)


def test_known_codes_and_repeats_of_a_message_list_nothing(line):
	order = line.order(line.lab.biochemistry)
	row = line.process(line.report(order, line.glucose("5.1"), service=line.lab.biochemistry.name))
	row.db_set("status", "Received")
	assert inbox.process_one(row.name) == "Processed"
	assert listed(line) == []


def test_a_repeat_does_not_count_twice(line):
	theirs = code()
	row = strange(line, line.order(line.lab.biochemistry), theirs)
	row.db_set("status", "Received")
	inbox.process_one(row.name)
	assert [each.occurrences for each in listed(line)] == [1]


def test_a_value_known_by_its_other_code_is_not_listed(line):
	order = line.order(line.lab.biochemistry)
	both = f"{code()}^Глюкоза^L^{line.lab.glu}^Глюкоза^L"
	line.process(line.report(order, f"NM|{both}||5.0|ммоль/л||N|||F"))
	assert listed(line) == []


def test_what_was_ordered_there_is_suggested_first(line):
	theirs = code()
	strange(line, line.order(line.lab.biochemistry), theirs)
	(row,) = listed(line)
	first = unknown_codes.get_suggestions(row.name)[0]
	assert first["name"] == line.lab.glu
	assert "заказан" in first["reason"] and "совпадает" in first["reason"]


def test_mapping_makes_every_waiting_result_known(line):
	theirs = code()
	orders = [line.order(line.lab.biochemistry) for _number in range(2)]
	for order in orders:
		strange(line, order, theirs)
	(row,) = listed(line)
	answer = unknown_codes.map_code(row.name, line.lab.glu)
	assert answer["results"] == 2
	for order in orders:
		old, new = results_of(order.name)
		assert (new.supersedes, new.has_unmapped, values_of(new)) == (old.name, 0, {line.lab.glu: "5.2"})
	(row,) = listed(line)
	assert (row.status, row.code_map) == ("Mapped", answer["code_map"])
	with pytest.raises(Refusal) as refusal:
		unknown_codes.map_code(row.name, line.lab.glu)
	assert refusal.value.code == "NOT_OPEN"


def test_a_mapped_code_marks_the_value_by_our_ranges(line):
	theirs = code()
	order = line.order(line.lab.biochemistry)
	line.process(line.report(order, f"NM|{theirs}^Сахар^L||30|ммоль/л|||||F"))
	assert not frappe.db.exists("Critical Alert", {"order": order.name})
	unknown_codes.map_code(listed(line)[0].name, line.lab.glu)
	assert results_of(order.name)[-1].items[0].flag == "HH"
	assert frappe.db.exists("Critical Alert", {"order": order.name})


def test_an_unknown_service_is_listed_and_mapping_it_completes_the_order(line):
	theirs, value = code(), code()
	order = line.order()
	line.process(line.report(order, *line.count(), service=line.lab.blood_count.name))
	line.process(line.report(order, line.glucose("5.0", code=value), service=f"{theirs}^Сахар крови"))
	(service,) = listed(line, kind="Lab Service")
	assert (service.lis_code, service.lis_name) == (theirs, "Сахар крови")
	assert fresh(order).status == "Partially Ready"
	assert unknown_codes.map_code(service.name, line.lab.biochemistry.name)["results"] == 1
	assert fresh(order).status == "Ready"
	assert results_of(order.name)[-1].items[0].service == line.lab.biochemistry.name


def test_a_service_that_was_not_ordered_changes_no_result(line):
	theirs = code()
	order = line.order()
	line.process(line.report(order, line.glucose("5.0", code=code()), service=f"{theirs}^Чужое"))
	before = len(results_of(order.name))
	foreign = line.lab.make.service()
	assert unknown_codes.map_code(listed(line, kind="Lab Service")[0].name, foreign.name)["results"] == 0
	assert len(results_of(order.name)) == before


def test_a_map_made_by_hand_takes_the_code_off_the_list(line):
	theirs = code()
	strange(line, line.order(line.lab.biochemistry), theirs)
	insert("LIS Code Map", lis_code=theirs, analyte=line.lab.glu)
	assert [each.status for each in listed(line)] == ["Mapped"]


def test_a_code_whose_map_was_deleted_comes_back(line):
	theirs = code()
	strange(line, line.order(line.lab.biochemistry), theirs)
	made = unknown_codes.map_code(listed(line)[0].name, line.lab.glu)["code_map"]
	frappe.delete_doc("LIS Code Map", made)
	assert [(each.status, each.code_map) for each in listed(line)] == [("Open", None)]
	strange(line, line.order(line.lab.biochemistry), theirs)
	assert [each.occurrences for each in listed(line)] == [2]


def test_a_code_set_aside_stays_so_until_it_is_put_back(line):
	theirs = code()
	strange(line, line.order(line.lab.biochemistry), theirs)
	name = listed(line)[0].name
	unknown_codes.set_aside(name)
	strange(line, line.order(line.lab.biochemistry), theirs)
	assert [each.status for each in listed(line)] == ["Set Aside"]
	unknown_codes.set_aside(name, back=True)
	assert [each.status for each in listed(line)] == ["Open"]


def test_more_results_than_fit_into_a_request_are_read_by_a_job(line, monkeypatch):
	theirs = code()
	orders = [line.order(line.lab.biochemistry) for _number in range(3)]
	for order in orders:
		strange(line, order, theirs)
	monkeypatch.setattr(code_maps, "MOST_REREAD", 2)
	jobs = []
	monkeypatch.setattr(frappe, "enqueue", lambda method, **given: jobs.append((method, given)))
	assert unknown_codes.map_code(listed(line)[0].name, line.lab.glu)["results"] == 2
	((method, given),) = [job for job in jobs if job[0].endswith("reread")]
	arguments = {key: given[key] for key in ("code", "connection", "meaning", "after")}
	assert frappe.get_attr(method)(**arguments) == 1
	assert {len(results_of(order.name)) for order in orders} == {2}


@pytest.mark.parametrize("role", ["Lab Doctor", "Lab Receptionist", "Lab Integration"])
def test_others_may_not_map(line, as_user, role):
	theirs = code()
	strange(line, line.order(line.lab.biochemistry), theirs)
	name = listed(line)[0].name
	with as_user(role):
		for call in (
			lambda: unknown_codes.get_suggestions(name),
			lambda: unknown_codes.map_code(name, line.lab.glu),
			lambda: unknown_codes.set_aside(name),
		):
			with pytest.raises(frappe.PermissionError):
				call()
	assert [each.status for each in listed(line)] == ["Open"]


def test_the_administrator_maps_without_seeing_values(line, as_user):
	theirs = code()
	order = line.order(line.lab.biochemistry)
	strange(line, order, theirs)
	name = listed(line)[0].name
	with as_user("Lab Administrator"):
		assert "5.2" not in frappe.as_json(frappe.get_doc("LIS Unknown Code", name).as_dict())
		assert unknown_codes.map_code(name, line.lab.glu)["results"] == 1


def test_nobody_edits_the_work_list(line):
	strange(line, line.order(line.lab.biochemistry), code())
	doc = frappe.get_doc("LIS Unknown Code", listed(line)[0].name)
	doc.status = "Mapped"
	with pytest.raises(Refusal):
		doc.save()


def test_mapping_tells_nothing_twice(line):
	theirs = code()
	order = line.order(line.lab.biochemistry)
	line.process(line.report(order, line.glucose("30", flag="HH"), line.glucose("5", code=theirs)))
	(alert,) = frappe.get_all("Critical Alert", {"order": order.name}, pluck="name")
	critical.record_call(alert, "Пациент предупреждён")
	before = events_of(order.name)
	assert fresh(order).status == "Ready" and "order.result_ready" in before
	unknown_codes.map_code(listed(line)[0].name, line.lab.wbc)
	assert len(results_of(order.name)) == 2
	assert events_of(order.name) == before
	assert frappe.get_all("Critical Alert", {"order": order.name}, ["name", "status"]) == [
		{"name": alert, "status": "Closed"}
	]


def test_an_alert_nobody_has_closed_follows_the_result_that_is_read_anew(line):
	theirs = code()
	order = line.order(line.lab.biochemistry)
	line.process(line.report(order, line.glucose("30", flag="HH"), line.glucose("5", code=theirs)))
	(alert,) = frappe.get_all("Critical Alert", {"order": order.name}, pluck="name")
	critical.acknowledge(alert)
	unknown_codes.map_code(listed(line)[0].name, line.lab.wbc)
	new = results_of(order.name)[-1]
	(found,) = frappe.get_all("Critical Alert", {"order": order.name}, ["name", "status", "result", "item"])
	assert found == {
		"name": alert,
		"status": "Acknowledged",
		"result": new.name,
		"item": new.items[0].name,
	}


def test_an_order_that_becomes_ready_by_a_map_is_announced(line):
	theirs = code()
	order = line.order()
	line.process(line.report(order, line.glucose("5"), service=line.lab.biochemistry.name))
	line.process(line.report(order, f"NM|{theirs}^Hb^L||140|г/л||N|||F", line.count()[1]))
	assert "order.result_ready" not in events_of(order.name)
	unknown_codes.map_code(listed(line, kind="Analyte")[0].name, line.lab.hb)
	assert fresh(order).status == "Ready"
	assert events_of(order.name).count("order.result_ready") == 1


def test_results_that_a_map_does_not_help_hold_up_no_others(line, monkeypatch):
	theirs = code()
	foreign, order = line.order(line.lab.blood_count), line.order()
	line.process(line.report(foreign, line.count()[0], line.glucose("5", code=code()), service=theirs))
	line.process(line.report(order, *line.count(), service=line.lab.blood_count.name))
	line.process(line.report(order, line.glucose("5", code=code()), service=theirs))
	monkeypatch.setattr(code_maps, "MOST_REREAD", 1)
	jobs = []
	monkeypatch.setattr(frappe, "enqueue", lambda method, **given: jobs.append((method, given)))
	unknown_codes.map_code(listed(line, kind="Lab Service")[0].name, line.lab.biochemistry.name)
	while rest := [given for method, given in jobs if method.endswith("reread")]:
		jobs.clear()
		arguments = {key: rest[0][key] for key in ("code", "connection", "meaning", "after")}
		code_maps.reread(**arguments)
	assert fresh(order).status == "Ready"
