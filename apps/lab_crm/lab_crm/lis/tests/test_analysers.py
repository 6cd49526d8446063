"""Messages of analysers become results like any other; what they ask is answered from the orders."""

import secrets

import frappe
import pytest

from lab_crm.laboratory.tests.arrange import fresh, insert
from lab_crm.lis import analysers, code_maps, detaching, inbox, outbox, sender, unknown_codes, work_list
from lab_crm.lis.hl7.build import CHANGE
from lab_crm.lis.identity import IN
from lab_crm.lis.tests.arrange import results_of, values_of
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name

HEAD = "H|\\^&|||BC20|||||LABCRM||P|LIS2-A2|20261121093000\r"


class Instrument:
	"""An analyser set up for a laboratory: its connection, its codes, a tube, what it says of it."""

	def __init__(self, line, **fields):
		self.line, self.lab = line, line.lab
		defaults = {"kind": "Analyser", "protocol": "ASTM", "answer_queries": 1}
		title = f"Анализатор {secrets.token_hex(4)}"
		self.connection = insert("LIS Connection", title=title, **{**defaults, **fields})
		for code, analyte in (("GLU", self.lab.glu), ("HGB", self.lab.hb), ("WBC", self.lab.wbc)):
			insert("LIS Code Map", connection=self.connection.name, lis_code=code, analyte=analyte)
		self.order = line.order(**{"status": "In Progress"})
		self.serum, self.edta = (self.tube(material) for material in (self.lab.serum, self.lab.edta))
		for row, tube in zip(self.order.items, (self.serum, self.edta), strict=True):
			row.db_set("specimen", tube)
		frappe.db.commit()

	def tube(self, material: str) -> str:
		order = self.order
		fields = {"order": order.name, "patient": order.patient, "branch": order.branch}
		return insert("Specimen", sample_type=material, status="Collected", **fields).name

	def receive(self, body: str, kind: str = "ASTM^R", status: str = "Received") -> str:
		"""Store a message as the listener does; return its name."""
		row = frappe.new_doc("LIS Message")
		row.update(
			{
				"direction": IN,
				"status": status,
				"message_type": kind,
				"connection": self.connection.name,
				"sending_application": "BC20",
				"charset": "utf-8",
				"raw": f"{HEAD}{body}L|1|N\r",
				"message_key": random_name("KEY", 20),
			}
		)
		row.insert(ignore_permissions=True)
		frappe.db.commit()
		return row.name

	def process(self, body: str):
		name = self.receive(body)
		inbox.process_one(name)
		return frappe.get_doc("LIS Message", name)

	def ask(self, barcode: str, tests: str = "^^^ALL", status: str = "O") -> tuple[str, str | None]:
		"""Ask about a tube; return the question's name and the answer."""
		name = self.receive(f"Q|1|^{barcode}||{tests}||||||||{status}\r", "ASTM^Q", "Processed")
		return name, analysers.answer(name)

	def tests_of(self, barcode: str, tests: str = "^^^ALL") -> list[str]:
		"""The codes it is told to measure in a tube."""
		_name, text = self.ask(barcode, tests)
		orders = [line for line in text.split("\r") if line.startswith("O|")]
		return [part.strip("^") for line in orders for part in line.split("|")[4].split("\\")]


@pytest.fixture
def analyser(line):
	return Instrument(line)


def glucose(barcode: str, value: str = "5.4", code: str = "GLU", status: str = "F") -> str:
	return (
		f"P|1\rO|1|{barcode}||^^^{code}|R||||||N\r"
		f"R|1|^^^{code}^Глюкоза|{value}|ммоль/л|3.9^6.1|N||{status}||||20261121091500\r"
	)


# results


def test_a_result_finds_its_order_by_the_barcode(analyser):
	row = analyser.process(glucose(analyser.serum))
	(result,) = results_of(analyser.order.name)
	assert (row.status, row.error) == ("Processed", None)
	assert (row.lab_order, row.lab_result) == (analyser.order.name, result.name)
	assert (result.status, values_of(result)) == ("Final", {analyser.lab.glu: "5.4"})
	assert str(result.items[0].observed_at) == "2026-11-21 09:15:00"
	assert fresh(analyser.order).status == "Partially Ready"


def test_the_results_of_all_analysers_make_the_order_ready(analyser):
	analyser.process(glucose(analyser.serum))
	analyser.process(
		f"P|1\rO|1|{analyser.edta}||^^^HGB\\^^^WBC\rR|1|^^^HGB|135|g/L\rR|2|^^^WBC|6.1|10^9/L\r".replace(
			"10^9", "10&S&9"
		)
	)
	assert fresh(analyser.order).status == "Ready"


def test_a_code_means_what_it_means_on_this_connection(analyser):
	other = insert("LIS Connection", title=random_name("AN"), kind="Analyser", protocol="HL7")
	insert("LIS Code Map", connection=other.name, lis_code="GLU", analyte=analyser.lab.hb)
	analyser.process(glucose(analyser.serum))
	assert list(values_of(results_of(analyser.order.name)[0])) == [analyser.lab.glu]


def test_preliminary_values_stay_preliminary(analyser):
	analyser.process(glucose(analyser.serum, status="P"))
	assert results_of(analyser.order.name)[0].status == "Preliminary"


def test_a_repeat_measurement_supersedes(analyser):
	analyser.process(glucose(analyser.serum, "5.4"))
	analyser.process(glucose(analyser.serum, "5.9", status="C"))
	old, new = results_of(analyser.order.name)
	assert (new.supersedes, old.superseded_by) == (old.name, new.name)


def test_a_panic_value_makes_an_alert(analyser):
	analyser.process(glucose(analyser.serum, "31"))
	assert frappe.db.exists("Critical Alert", {"order": analyser.order.name})


def test_an_unknown_code_waits_in_the_work_list_and_is_read_anew(analyser):
	analyser.process(glucose(analyser.serum, code="GLU-2"))
	where = {"connection": analyser.connection.name, "lis_code": "GLU-2"}
	waiting = frappe.db.get_value("LIS Unknown Code", where)
	assert waiting
	unknown_codes.map_code(waiting, analyser.lab.glu)
	assert values_of(results_of(analyser.order.name)[-1]) == {analyser.lab.glu: "5.4"}


def test_a_strange_barcode_waits_for_a_person_who_attaches_it(analyser):
	row = analyser.process(glucose("000000000000"))
	assert row.status == "Unmatched"
	assert "000000000000" in row.error
	(part,) = work_list.get_suggestions(row.name)
	assert part["values"] == ["Глюкоза: 5.4 ммоль/л"]
	work_list.attach(row.name, analyser.order.name, 0, confirmed=True)
	assert values_of(results_of(analyser.order.name)[0]) == {analyser.lab.glu: "5.4"}
	detaching.detach(row.name, "не та пробирка")
	assert frappe.db.get_value("LIS Message", row.name, "status") == "Unmatched"


def test_another_persons_birth_date_speaks_against_the_barcode(analyser):
	row = analyser.process(glucose(analyser.serum).replace("P|1\r", "P|1||||||20010101|F\r"))
	assert (row.status, results_of(analyser.order.name)) == ("Unmatched", [])
	assert "датой рождения" in row.error


def test_control_material_goes_nowhere(analyser):
	row = analyser.process(glucose("QC-LOT-1").replace("|N\rR", "|Q\rR"))
	assert (row.status, row.lab_order) == ("Processed", None)
	assert "Контроль качества" in row.error


def test_a_service_learned_later_is_read_anew_from_records(analyser):
	row = analyser.process(glucose(analyser.serum, code="GLU-3"))
	made = insert(
		"LIS Code Map", connection=analyser.connection.name, lis_code="GLU-3", analyte=analyser.lab.glu
	)
	assert made.flags.reread == 1
	assert code_maps.known(analyser.connection.name, ["GLU-3"]).analytes == {"GLU-3": analyser.lab.glu}
	assert row.status == "Processed"


# host query


def test_told_are_the_tests_of_the_very_tube_in_the_analysers_codes(analyser):
	assert analyser.tests_of(analyser.serum) == ["GLU"]
	assert analyser.tests_of(analyser.edta) == ["HGB", "WBC"]


def test_a_code_of_the_service_goes_before_those_of_its_analytes(analyser):
	service = analyser.lab.blood_count.name
	insert("LIS Code Map", connection=analyser.connection.name, lis_code="CBC", service=service)
	assert analyser.tests_of(analyser.edta) == ["CBC"]


def test_only_asked_for_tests_are_told(analyser):
	assert analyser.tests_of(analyser.edta, "^^^WBC\\^^^PLT") == ["WBC"]


def test_the_answer_says_who_it_is_without_a_name(analyser):
	_name, text = analyser.ask(analyser.serum)
	patient = analyser.lab.patient
	born = frappe.db.get_value("Patient", patient.name, "birth_date").strftime("%Y%m%d")
	assert f"P|1|{patient.name}|||||{born}|" in text
	assert patient.last_name not in text
	assert text.endswith("L|1|N\r")


def test_the_question_is_noted_with_its_order(analyser):
	name, _text = analyser.ask(analyser.serum)
	row = frappe.get_doc("LIS Message", name)
	assert (row.lab_order, row.patient, row.error) == (analyser.order.name, analyser.order.patient, None)


def test_of_an_unknown_tube_nothing_is_known(analyser):
	name, text = analyser.ask("000000000000")
	assert text.split("\r")[1] == "L|1|I"
	assert "000000000000" in frappe.db.get_value("LIS Message", name, "error")


def test_what_is_measured_already_is_not_measured_again(analyser):
	analyser.process(glucose(analyser.serum))
	assert analyser.tests_of(analyser.serum) == []


@pytest.mark.parametrize("what", ["order", "tube"])
def test_nothing_is_measured_for_what_was_cancelled(analyser, what):
	if what == "order":
		frappe.db.set_value("Lab Order", analyser.order.name, "status", "Cancelled")
	else:
		frappe.db.set_value("Specimen", analyser.serum, "status", "Rejected")
	assert analyser.tests_of(analyser.serum) == []


def test_codes_of_all_connections_are_not_told(analyser):
	frappe.db.delete("LIS Code Map", {"connection": analyser.connection.name, "lis_code": "GLU"})
	insert("LIS Code Map", lis_code=random_name("G"), analyte=analyser.lab.glu)
	name, text = analyser.ask(analyser.serum)
	assert text.split("\r")[1] == "L|1|I"
	assert analyser.serum in frappe.db.get_value("LIS Message", name, "error")


def test_a_question_taken_back_is_not_answered(analyser):
	assert analyser.ask(analyser.serum, status="A")[1] is None


@pytest.mark.parametrize(("error", "status"), [(None, "Acknowledged"), ("it hung up", "Failed")])
def test_the_answer_is_kept_and_not_sent_again_by_hand(analyser, error, status):
	name, text = analyser.ask(analyser.serum)
	kept = frappe.get_doc("LIS Message", analysers.keep_answer(name, text, error))
	assert (kept.direction, kept.status, kept.raw) == ("Out", status, text)
	assert (kept.connection, kept.lab_order) == (analyser.connection.name, analyser.order.name)
	with pytest.raises(Refusal):
		work_list.resend(kept.name)


def test_a_question_is_not_processed_as_a_result(analyser):
	name = analyser.receive(f"Q|1|^{analyser.serum}||^^^ALL\r", "ASTM^Q")
	assert inbox.process_one(name) == "Processed"
	assert results_of(analyser.order.name) == []


# settings


def test_an_analyser_needs_no_address_of_its_own_and_takes_no_orders(line):
	connection = insert(
		"LIS Connection", title=random_name("AN"), kind="Analyser", protocol="ASTM", is_default=1
	)
	assert connection.is_default == 0


def test_an_unsent_answer_holds_no_message_to_the_lis_back(analyser):
	name, text = analyser.ask(analyser.serum)
	analysers.keep_answer(name, text, "it hung up")
	told = outbox.queue_order(analyser.order.name, CHANGE, random_name("EV"))
	assert told in sender._heads(analyser.line.connection.name, clock.now())


def test_an_analyser_of_hl7_needs_an_address_to_be_told_what_to_measure(line):
	with pytest.raises(Refusal) as refused:
		insert("LIS Connection", title=random_name("AN"), kind="Analyser", answer_queries=1)
	assert refused.value.code == "NO_HOST"
	assert insert("LIS Connection", title=random_name("AN"), kind="Analyser").protocol == "HL7"


def test_a_lis_needs_an_address_and_speaks_hl7(line):
	with pytest.raises(Refusal) as refused:
		insert("LIS Connection", title=random_name("LIS"), protocol="ASTM")
	assert refused.value.code == "NO_HOST"
	made = insert("LIS Connection", title=random_name("LIS"), protocol="ASTM", host="127.0.0.1")
	assert made.protocol == "HL7"


def analyser_at(name: str, *networks: str):
	peers = [{"network": network} for network in networks]
	fields = {"kind": "Analyser", "protocol": "ASTM", "receiving_application": name, "peers": peers}
	return insert("LIS Connection", title=random_name("AN"), **fields)


def test_analysers_of_one_name_have_addresses_of_their_own(line):
	name = random_name("XN")
	analyser_at(name, "10.0.5.11")
	analyser_at(name, "10.0.5.12")
	for networks in (["10.0.5.0/24"], []):
		with pytest.raises(Refusal) as refused:
			analyser_at(name, *networks)
		assert refused.value.code == "SAME_ANALYSER"
