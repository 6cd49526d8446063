"""Fields of our messages that a LIS wants otherwise: changed by rules, seen in a preview."""

import frappe
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lab_crm.lis import outbox, preview, sender
from lab_crm.lis.hl7 import rules
from lab_crm.lis.hl7.build import NEW
from lab_crm.lis.hl7.reader import read
from lab_crm.lis.hl7.rules import BadPlace, Rule, place
from lab_crm.utils.errors import Refusal

TEXT = (
	"MSH|^~\\&|LABCRM|||||20261121||OML^O21^OML_O21|M-1|P|2.5.1\r"
	"PID|1||PAT-1||Образцова^Анна\rORC|NW|ORD-1\rOBR|1|ORD-1||GLU^Глюкоза^L\rORC|NW|ORD-1\rOBR|2|ORD-1||HB^Hb^L\r"
)


def changed(where: str, *values: str):
	"""The message with one place changed; several values are those of the items."""
	items = [{"x": value} for value in values]
	return read(rules.apply(TEXT, [Rule(place(where), rules.of_item(items, "x"))]))


class TestPure:
	def test_a_field_a_component_and_a_field_beyond_the_end(self):
		assert changed("PID-18", "А-1").first("PID").text(18) == "А-1"
		assert changed("PID-5.3", "Тестовна").first("PID").raw(5) == "Образцова^Анна^Тестовна"
		assert changed("pid-5.2", "Ольга").first("PID").raw(5) == "Образцова^Ольга"
		assert changed("MSH-8", "ключ").first("MSH").text(8) == "ключ"

	def test_each_item_has_its_own_value(self):
		assert [obr.text(13) for obr in changed("OBR-13", "раз", "два").all("OBR")] == ["раз", "два"]

	def test_a_segment_of_their_own_is_added_once(self):
		message = changed("ZOR-2", "да")
		assert [segment.name for segment in message][-1] == "ZOR"
		twice = rules.apply(TEXT, [Rule(place(f"ZOR-{number}"), lambda _item: "x") for number in (1, 3)])
		assert twice.endswith("ZOR|x||x\r")

	def test_a_missing_segment_of_the_standard_is_not_added(self):
		assert changed("PV1-3", "Центр").first("PV1") is None

	def test_emptying_leaves_no_trailing_delimiters(self):
		assert "PID|1||PAT-1\r" in rules.apply(TEXT, [Rule(place("PID-5"), lambda _item: "")])

	@pytest.mark.parametrize(
		"text", ["", "PID", "PID-0", "PID-100", "PID-5.0", "PID-5.31", "P-1", "PID-5.x", "1ID-3"]
	)
	def test_what_is_no_place(self, text):
		with pytest.raises(BadPlace) as refusal:
			place(text)
		assert refusal.value.reason == "UNREADABLE"

	@pytest.mark.parametrize("text", ["MSH-10", "MSH-9.1", "ORC-2", "OBR-2", "PID-3", "MSH-18"])
	def test_what_must_stay(self, text):
		with pytest.raises(BadPlace) as refusal:
			place(text)
		assert refusal.value.reason == "KEPT"

	@given(st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc", "Z"]), max_size=40))
	def test_any_text_comes_through(self, value):
		message = changed("OBR-13", value)
		assert message.first("OBR").text(13) == value
		assert [segment.name for segment in message] == ["MSH", "PID", "ORC", "OBR", "ORC", "OBR"]


class TestConnection:
	def ruled(self, line, *rows, **fields):
		"""The connection of a test with rules (place, source, text, message type)."""
		doc = line.connection
		doc.reload()
		names = ("place", "source", "fixed_text", "message_type")
		for row in rows:
			doc.append("field_rules", dict(zip(names, row, strict=False)))
		doc.update(fields)
		return doc.save()

	def test_an_order_is_sent_with_the_rules_applied(self, line, monkeypatch):
		monkeypatch.setattr(sender, "enqueue", lambda connection: None)
		self.ruled(
			line,
			("PID-18", "Visit"),
			("obr-13", "LOINC"),
			("OBR-19", "Fixed Text", "касса|1"),
			("ZOR-1", "Priority"),
			("PID-19", "SNILS", "", "ADT^A04"),
		)
		for service, loinc in ((line.lab.biochemistry, "2345-7"), (line.lab.blood_count, "")):
			service.db_set("loinc", loinc)
			frappe.clear_document_cache("Lab Service", service.name)
		order = line.order(status="Draft")
		message = read(
			frappe.db.get_value("LIS Message", outbox.queue_order(order.name, NEW, "EVT-R"), "raw")
		)
		pid, requests = message.first("PID"), message.all("OBR")
		assert (pid.text(18), pid.raw(19)) == (order.visit, "")
		assert [obr.text(13) for obr in requests] == ["2345-7", ""]
		assert {obr.text(19) for obr in requests} == {"касса|1"}
		assert message.first("ZOR").text(1) == "R"

	def test_the_place_is_tidied_and_a_bad_one_refused(self, line):
		assert self.ruled(line, ("pid-18 ", "Visit")).field_rules[0].place == "PID-18"
		for row, code in ((("PID18", "Visit"), "BAD_PLACE"), (("ORC-2", "Visit"), "BAD_PLACE")):
			with pytest.raises(Refusal) as refusal:
				self.ruled(line, row)
			assert refusal.value.code == code
		with pytest.raises(Refusal) as refusal:
			self.ruled(line, ("PID-19", "Fixed Text"))
		assert refusal.value.code == "NO_TEXT"

	def test_every_source_of_a_rule_has_a_value(self, line):
		sources = frappe.get_meta("LIS Field Rule").get_options("source").split("\n")
		rows = [(f"ZZZ-{number}", source, "x") for number, source in enumerate(sources, 1)]
		self.ruled(line, *rows)
		zzz = read(preview.preview(line.connection.name)).first("ZZZ")
		values = {source: zzz.text(number) for number, source in enumerate(sources, 1)}
		empty = {source for source, value in values.items() if not value}
		assert empty == {"Nothing", "LIS Order Number"}

	@pytest.mark.parametrize("version", ["2.3", "2.3.1", "2.4", "2.5", "2.5.1"])
	def test_the_preview_is_of_the_chosen_version(self, line, version):
		self.ruled(line, version=version, order_message="ORM^O01", acknowledgement_mode="Enhanced")
		header = read(preview.preview(line.connection.name)).header
		assert (header.version, header.message_type, header.accept_ack) == (version, "ORM^O01", "AL")
		assert read(preview.preview(line.connection.name, "ADT^A08")).header.message_type == "ADT^A08"

	def test_a_version_without_oml_is_refused(self, line):
		with pytest.raises(Refusal) as refusal:
			self.ruled(line, version="2.3.1", order_message="OML^O21")
		assert refusal.value.code == "NO_OML"

	def test_the_preview_shows_nobodys_data(self, line, as_user):
		with as_user("Lab Administrator"):
			text = preview.preview(line.connection.name)
		assert "PAT-00000000" in text and line.lab.patient.name not in text
		with pytest.raises(Refusal):
			preview.preview(line.connection.name, "ORU^R01")

	@pytest.mark.parametrize("role", ["Lab Integration", "Lab Doctor", "Lab Receptionist"])
	def test_others_see_no_preview(self, line, as_user, role):
		with as_user(role), pytest.raises(frappe.PermissionError):
			preview.preview(line.connection.name)
