"""Stored messages become results of the right order, once, and never of another's."""

import frappe
import pytest

from lab_crm.laboratory.tests.arrange import events_of, fresh, insert
from lab_crm.lis import inbox
from lab_crm.lis.hl7 import encoding, header, oru
from lab_crm.lis.tests.arrange import results_of, values_of
from lab_crm.lis.tests.corpus import cases


def test_a_result_by_the_order_number(line):
	order = line.order()
	row = line.process(line.report(order, line.glucose("5.4"), *line.count()))
	(result,) = results_of(order.name)
	assert (row.status, row.error) == ("Processed", None)
	assert (row.lab_order, row.lab_result, row.patient) == (order.name, result.name, order.patient)
	assert (result.status, result.lis_message) == ("Final", row.name)
	assert values_of(result) == {line.lab.glu: "5.4", line.lab.hb: "135", line.lab.wbc: "6.1"}
	assert str(result.reported_at) == "2026-11-21 09:30:00"
	assert fresh(order).status == "Ready"
	assert "order.result_ready" in events_of(order.name)


def test_a_result_by_the_laboratorys_number_of_this_connection_only(line):
	order = line.order(filler_number="L-77")
	assert line.process(line.report(None, line.glucose(), filler="L-77")).lab_order == order.name
	other = insert("LIS Connection", title="Другая", host="127.0.0.1", receiving_application="OTHER-TEST")
	foreign = line.order(filler_number="L-78", lis_connection=other.name)
	row = line.process(line.report(None, line.glucose(), filler="L-78"))
	assert (row.status, results_of(foreign.name)) == ("Unmatched", [])


def test_a_result_by_the_tubes_barcode(line):
	order = line.order(line.lab.biochemistry)
	tube = insert(
		"Specimen", order=order.name, patient=order.patient, branch=order.branch, sample_type=line.lab.serum
	)
	row = line.process(line.report(None, line.glucose(), barcode=tube.name, code="ORU^R01"))
	assert (row.status, row.lab_order) == ("Processed", order.name)


def test_the_laboratorys_number_is_kept_with_the_order(line):
	order = line.order()
	line.process(line.report(order, line.glucose(), filler="L-5"))
	assert fresh(order).filler_number == "L-5"


@pytest.mark.parametrize(
	("pid", "why"),
	[
		("PID|1||PAT-00000000^^^LABCRM^PI||Тестова^Анна", "другому пациенту"),
		("PID|1||11223344595^^^SNILS^NI||Тестова^Анна", "СНИЛС"),
		("PID|1||||Тестова^Анна||20010101|F", "датой рождения"),
	],
	ids=["our number", "SNILS", "birth date"],
)
def test_a_person_who_cannot_be_the_orders_gets_nothing(line, pid, why):
	frappe.db.set_value("Patient", line.lab.patient.name, "snils", "087-654-303 00")
	order = line.order()
	row = line.process(line.report(order, line.glucose(), pid=pid))
	assert row.status == "Unmatched"
	assert why in row.error
	assert results_of(order.name) == []


def test_a_name_alone_matches_nobody(line):
	order = line.order()
	patient = line.lab.patient
	pid = f"PID|1||||{patient.last_name}^{patient.first_name}^{patient.middle_name}||19850314|F"
	row = line.process(line.report(None, line.glucose(), pid=pid))
	assert (row.status, results_of(order.name)) == ("Unmatched", [])
	assert "не назван" in row.error


def test_numbers_that_name_two_orders_match_neither(line):
	one, other = line.order(), line.order(filler_number="L-9")
	row = line.process(line.report(one, line.glucose(), filler="L-9"))
	assert row.status == "Unmatched"
	assert one.name in row.error and other.name in row.error


def test_the_same_message_twice_makes_one_result(line):
	order = line.order()
	row = line.process(line.report(order, line.glucose()))
	frappe.db.set_value("LIS Message", row.name, "status", "Received")
	inbox.process_one(row.name)
	assert len(results_of(order.name)) == 1


def test_a_correction_supersedes_and_keeps_the_old_one(line):
	order = line.order(line.lab.biochemistry)
	line.process(line.report(order, line.glucose("5.0")))
	line.process(line.report(order, line.glucose("6.4", "H", "C"), status="C", at="20261121100000+0300"))
	old, new = results_of(order.name)
	assert (new.status, new.supersedes, old.superseded_by) == ("Corrected", old.name, new.name)
	assert (values_of(old), values_of(new)) == ({line.lab.glu: "5.0"}, {line.lab.glu: "6.4"})


def test_preliminary_values_do_not_hide_final_ones_of_the_same_message(line):
	order = line.order()
	line.process(line.report(order, line.glucose("5.0"), *line.count(status="P"), status=""))
	final, preliminary = results_of(order.name)
	assert (final.status, values_of(final)) == ("Final", {line.lab.glu: "5.0"})
	assert (preliminary.status, sorted(values_of(preliminary))) == (
		"Preliminary",
		sorted([line.lab.hb, line.lab.wbc]),
	)
	assert fresh(order).status == "Partially Ready"


def test_a_preliminary_group_makes_no_final_value(line):
	order = line.order(line.lab.biochemistry)
	line.process(line.report(order, line.glucose(), status="P"))
	(result,) = results_of(order.name)
	assert (result.status, result.items[0].status) == ("Preliminary", "Preliminary")


def test_a_cancelled_examination_leaves_the_others_alone(line):
	order = line.order()
	line.process(line.report(order, *line.count()))
	row = line.process(line.report(order, status="X", service=f"{line.lab.biochemistry.lis_code}^Глюкоза^L"))
	first, cancelled = results_of(order.name)
	assert row.status == "Processed"
	assert not first.superseded_by
	assert (cancelled.status, [item.analyte for item in cancelled.items]) == ("Cancelled", [line.lab.glu])


def test_an_order_in_work_moves_without_a_result(line):
	order = line.order()
	row = line.process(line.report(order, status="I"))
	assert (row.status, fresh(order).status, results_of(order.name)) == ("Processed", "In Progress", [])


def test_a_panic_value_makes_an_alert(line):
	order = line.order(line.lab.biochemistry)
	line.process(line.report(order, line.glucose("31", "HH")))
	assert frappe.db.exists("Critical Alert", {"order": order.name})
	assert "order.critical" in events_of(order.name)


def test_an_unknown_code_keeps_the_value_and_shows_it(line):
	order = line.order(line.lab.biochemistry)
	row = line.process(line.report(order, line.glucose(code="НЕТ-ТАКОГО")))
	(result,) = results_of(order.name)
	assert (row.status, result.has_unmapped) == ("Processed", 1)
	assert (result.items[0].analyte, result.items[0].analyte_name) == (None, "Глюкоза")


def test_the_code_map_of_the_connection_goes_before_the_general_one(line):
	insert("LIS Code Map", lis_code="Q-1", analyte=line.lab.hb)
	insert("LIS Code Map", lis_code="Q-1", analyte=line.lab.glu, connection=line.connection.name)
	order = line.order(line.lab.biochemistry)
	line.process(line.report(order, line.glucose(code="Q-1")))
	assert results_of(order.name)[0].items[0].analyte == line.lab.glu


def test_documents_are_kept_with_the_result(line):
	order = line.order(line.lab.biochemistry)
	documents = [f"ED|PDF{number}^Бланк^L||^application^pdf^Base64^JVBERi0=||||||F" for number in (1, 2)]
	line.process(line.report(order, line.glucose(), *documents))
	(result,) = results_of(order.name)
	files = frappe.get_all(
		"File", filters={"attached_to_name": result.name}, fields=["file_name", "is_private"]
	)
	assert len(files) == 2 and all(each.is_private for each in files)
	assert list(values_of(result)) == [line.lab.glu]


def test_one_message_for_two_orders_and_a_stranger(line):
	one, other = line.order(line.lab.biochemistry), line.order(line.lab.biochemistry)
	text = line.report(one, line.glucose("5.0"))
	for placer, value in ((other.placer_number, "6.0"), ("ORD-UNKNOWN0", "7.0")):
		group = line.report(None, line.glucose(value), placer=placer)
		text += group[group.index("OBR|") :]
	row = line.process(text)
	assert [values_of(results_of(each.name)[0])[line.lab.glu] for each in (one, other)] == ["5.0", "6.0"]
	assert row.status == "Unmatched"
	assert "ORD-UNKNOWN0" in row.error


def test_a_bad_message_does_not_hold_back_the_next(line, monkeypatch):
	order = line.order(line.lab.biochemistry)
	bad, good = (
		line.receive(line.report(order, line.glucose("1"))),
		line.receive(line.report(order, line.glucose())),
	)
	parse = oru.parse

	def failing(text, codec):
		if "||1|" in text:
			raise ZeroDivisionError("unforeseen")
		return parse(text, codec)

	monkeypatch.setattr(oru, "parse", failing)
	for name in (bad, good):
		inbox.process_one(name)
	failed = frappe.get_doc("LIS Message", bad)
	assert failed.status == "Failed"
	assert "unforeseen" in failed.error
	assert frappe.db.get_value("LIS Message", good, "status") == "Processed"


def test_a_deadlock_is_tried_again_but_not_for_ever(line, monkeypatch):
	name = line.receive(line.report(line.order(), line.glucose()))

	def deadlocked(*_args):
		raise frappe.QueryDeadlockError("Deadlock found")

	monkeypatch.setattr(oru, "parse", deadlocked)
	seen = [inbox.process_one(name) for _ in range(inbox.MOST_ATTEMPTS)]
	assert seen == ["Received"] * (inbox.MOST_ATTEMPTS - 1) + ["Failed"]


def test_a_message_that_is_done_is_passed_by(line):
	name = line.process(line.report(line.order(), line.glucose())).name
	assert inbox.process_one(name) is None


def test_the_sweep_finds_what_was_not_handed_over(line, monkeypatch):
	handed = []
	monkeypatch.setattr(frappe, "enqueue", lambda _method, queue, names: handed.extend(names))
	old, new = (line.receive(line.report(line.order(), line.glucose())) for _ in range(2))
	frappe.db.set_value("LIS Message", old, "received_at", "2026-01-01 00:00:00")
	inbox.sweep()
	assert old in handed and new not in handed


def test_an_answer_to_nothing_of_ours_waits_for_people(line):
	row = line.process(f"MSH|^~\\&|{line.application}|||LABCRM|||ACK|A-1|P|2.5.1\rMSA|AA|LC-NOTHING\r")
	assert row.status == "Unmatched"
	assert "LC-NOTHING" in row.error


# the corpus


@pytest.fixture
def corpus_order(line):
	"""The order and the patient that the corpus speaks of."""
	patient = line.lab.patient
	fields = {"name": "PAT-TEST0001", "birth_date": "1990-02-03", "snils": "112-233-445 95"}
	frappe.db.set_value("Patient", patient.name, fields)
	patient.name = "PAT-TEST0001"
	order = line.order(placer_number="ORD-TEST0001", filler_number="L-1001")
	frappe.db.set_value("Lab Order", order.name, "patient", patient.name)
	insert(
		"Specimen",
		order=order.name,
		patient=patient.name,
		branch=order.branch,
		sample_type=line.lab.serum,
	)
	return order


@pytest.mark.parametrize("case", cases("groups"), ids=lambda case: case.name)
def test_corpus(line, corpus_order, case):
	decoded = encoding.decode(case.raw, header.declared_charset(header.clean(case.raw)), case.setting)
	row = line.process(header.clean(case.raw).decode(decoded.codec))
	groups = oru.parse(decoded.text, decoded.codec).groups
	ours = [group.placer == "ORD-TEST0001" or group.filler == "L-1001" for group in groups]
	expected = case.expected.get("processing") or ("Processed" if all(ours) else "Unmatched")
	assert row.status == expected, row.error
	if all(ours) and "result_status" in case.expected:
		statuses = {result.status for result in results_of(corpus_order.name)}
		assert statuses == set(case.expected["result_status"])


def test_a_job_gives_its_reasons_in_the_language_of_the_site(line):
	frappe.local.lang = "en"
	name = line.receive(line.report(None, line.glucose()))
	inbox.process([name])
	assert "не назван" in frappe.db.get_value("LIS Message", name, "error")
