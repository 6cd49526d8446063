"""Another laboratory makes part of an order: referred, sent, returned, named on the result (F26)."""

import email
import email.policy
import io
import secrets

import frappe
import pytest
from openpyxl import Workbook, load_workbook

from lab_crm.laboratory import orders
from lab_crm.laboratory.checkin import check_in
from lab_crm.laboratory.collection import mark_collected, reject_specimen
from lab_crm.laboratory.tests.arrange import fresh, insert
from lab_crm.lis import outbox
from lab_crm.lis.external import referrals, returns, sending, telling, workbook
from lab_crm.lis.hl7.build import CANCEL, CHANGE, NEW
from lab_crm.lis.tests.arrange import results_of, values_of
from lab_crm.utils.errors import Refusal
from lab_crm.utils.names import random_name

ROW_OF_HEADER = 3


class Outside:
	"""A laboratory outside that makes the glucose of this one for 120 ₽."""

	def __init__(self, line, **fields):
		self.line, self.lab = line, line.lab
		self.title = f"Лаборатория {secrets.token_hex(4)}"
		row = {"service": self.lab.biochemistry.name, "their_code": "A-17", "cost": 120}
		defaults = {"channel": "Email", "email": "outside@lab-crm.invalid", "services": [row]}
		self.doc = insert("External Laboratory", title=self.title, **{**defaults, **fields})

	def order(self, *services, **fields):
		return self.lab.order(*services, **{"status": "Draft", **fields})

	def referred(self, *services):
		"""An order whose part goes out, and its referral."""
		order = self.order(*services)
		(name,) = referrals.refer(order.name)
		return fresh(order), frappe.get_doc("External Referral", name)

	def sent(self, *services):
		order, referral = self.referred(*services)
		sending.send(referral.name)
		return fresh(order), fresh(referral)

	def filled(self, referral, **columns) -> str:
		"""The workbook of a referral, each row filled in with `columns`, as a file the user has uploaded."""
		book = load_workbook(io.BytesIO(sending.sheet(referral, self.doc)))
		headings = list(workbook.COLUMNS)
		for row in book.active.iter_rows(min_row=ROW_OF_HEADER + 1):
			for name, value in {"value": "5,7", "reported_on": "20.11.2026", **columns}.items():
				row[headings.index(name)].value = value
		stream = io.BytesIO()
		book.save(stream)
		return uploaded(stream.getvalue())


@pytest.fixture
def outside(line):
	return Outside(line)


def uploaded(content: bytes) -> str:
	doc = frappe.new_doc("File")
	doc.update({"file_name": f"{secrets.token_hex(4)}.xlsx", "is_private": 1, "content": content})
	return doc.insert(ignore_permissions=True).file_url


class TestReferring:
	def test_what_goes_out_is_on_the_referral_of_its_branch_and_not_with_our_lis(self, outside):
		order, referral = outside.referred()
		(item,) = referral.items
		assert (item.lab_order, item.service) == (order.name, outside.lab.biochemistry.name)
		assert (item.their_code, item.cost, referral.total_cost) == ("A-17", 120, 120)
		assert (referral.branch, referral.status) == (outside.lab.branch.name, "Draft")
		told = [row.service for row in orders.order_for_lis(order.name).items]
		assert told == [outside.lab.blood_count.name]
		asked = orders.order_for_lis(order.name, laboratory=outside.title).items
		assert [row.service for row in asked] == [outside.lab.biochemistry.name]

	def test_heard_twice_it_is_referred_once_and_the_next_order_joins_it(self, outside):
		order, referral = outside.referred()
		assert referrals.refer(order.name) == []
		_other, same = outside.referred()
		assert same.name == referral.name and len(same.items) == 2

	def test_a_sent_referral_takes_no_more(self, outside):
		_order, first = outside.sent()
		_other, second = outside.referred()
		assert second.name != first.name and len(fresh(first).items) == 1

	def test_an_order_that_goes_out_whole_is_not_told_to_our_lis(self, outside):
		frappe.db.set_value("LIS Connection", outside.line.connection.name, {"enabled": 1, "is_default": 1})
		order, _referral = outside.referred(outside.lab.biochemistry)
		assert outbox.queue_order(order.name, NEW, random_name("EVT")) is None
		assert fresh(order).status == "Draft"

	def test_a_row_of_the_branch_goes_before_one_for_all(self, outside):
		other = Outside(outside.line)
		row = other.doc.services[0]
		row.branch = outside.lab.branch.name
		other.doc.save()
		chosen = referrals.routes([outside.lab.biochemistry.name], outside.lab.branch.name)
		assert chosen[outside.lab.biochemistry.name].laboratory == other.title
		elsewhere = referrals.routes([outside.lab.biochemistry.name], outside.lab.make.branch().name)
		assert elsewhere[outside.lab.biochemistry.name].laboratory == outside.title

	def test_a_laboratory_that_is_not_active_gets_nothing(self, outside):
		outside.doc.is_active = 0
		outside.doc.save()
		assert referrals.refer(outside.order().name) == []

	def test_a_cancelled_order_is_taken_off(self, outside):
		order, draft = outside.referred()
		referrals.take_back(order.name)
		assert fresh(draft).items == []
		order, sent = outside.sent()
		assert referrals.take_back(order.name) == [sent.name]
		assert fresh(sent).items[0].state == "Taken Back" and sent.total_cost == 0
		assert (sent.status, referrals.take_back(order.name)) == ("Cancelled", [])

	def test_what_is_back_is_all_when_the_rest_is_cancelled(self, outside):
		_first, referral = outside.referred()
		second, _same = outside.referred()
		sending.send(referral.name)
		frappe.db.set_value("External Referral Item", referral.items[0].name, "state", "Returned")
		for _twice in range(2):
			referrals.take_back(second.name)
		assert fresh(referral).status == "Returned"
		filters = {"event": "referral.returned", "payload": ("like", f"%{referral.name}%")}
		assert frappe.db.count("Journey Event", filters) == 1

	def test_a_tube_in_the_place_of_another_is_on_the_referral(self, outside):
		answer = check_in(outside.lab.booking(outside.lab.biochemistry).name)
		(draft,) = referrals.refer(answer["order"])
		(old,) = answer["specimens"]
		mark_collected([old])
		new = reject_specimen(old, "Гемолиз")
		assert referrals.change_tubes(answer["order"]) == []
		assert frappe.db.get_value("External Referral Item", {"parent": draft}, "specimen") == new != old
		sending.send(draft)
		mark_collected([new])
		reject_specimen(new, "Гемолиз")
		assert [referrals.change_tubes(answer["order"]) for _twice in range(2)] == [[draft], []]

	def test_a_form_makes_and_changes_none(self, outside):
		_order, referral = outside.referred()
		with pytest.raises(Refusal) as refused:
			insert("External Referral", laboratory=outside.title, branch=outside.lab.branch.name)
		assert refused.value.code == "MADE_BY_ORDERS"
		referral.status = "Returned"
		with pytest.raises(Refusal) as refused:
			referral.save()
		assert refused.value.code == "REFERRAL_KEPT"


class TestEmail:
	def test_the_letter_has_the_workbook_and_the_sheet_and_no_name(self, outside):
		order, referral = outside.sent(outside.lab.biochemistry)
		assert (referral.status, referral.sent_to) == ("Sent", "outside@lab-crm.invalid")
		letter = frappe.get_doc("Email Queue", {"reference_name": referral.name})
		assert [row.recipient for row in letter.recipients] == ["outside@lab-crm.invalid"]
		files = frappe.get_all("File", {"attached_to_name": referral.name}, ["file_name", "is_private"])
		assert {row.file_name.rsplit(".")[-1] for row in files} == {"xlsx", "pdf"}
		assert len(letter.attachments_list) == 2 and all(row.is_private for row in files)
		rows = workbook.read(sending.sheet(referral, outside.doc), sending.words())
		assert [(row.order, row.service, row.analyte) for row in rows] == [
			(order.name, "A-17", outside.lab.glu)
		]
		assert outside.lab.patient.last_name not in rows[0].patient
		assert order.status == "Sent", "nobody else works on it"

	def test_names_are_sent_where_it_was_agreed(self, outside):
		outside.doc.send_names = 1
		_order, referral = outside.referred()
		(row,) = workbook.read(sending.sheet(referral, outside.doc), sending.words())
		assert outside.lab.patient.full_name in row.patient

	def test_the_sheet_is_a_pdf(self, outside):
		_order, referral = outside.referred()
		assert sending.paper(referral, outside.doc).startswith(b"%PDF")

	def test_what_changes_later_is_told_by_letter(self, outside):
		order, referral = outside.sent()
		for action, said in ((CHANGE, "Пробирка направления"), (CANCEL, "отменено")):
			telling.tell(referral.name, order.name, action, random_name("EVT"))
			last = frappe.get_last_doc("Email Queue", {"reference_name": referral.name})
			text = email.message_from_string(last.message, policy=email.policy.default)
			assert said in text.get_body(("plain",)).get_content().replace("\n", " ")

	def test_it_is_sent_once(self, outside):
		_order, referral = outside.sent()
		with pytest.raises(Refusal) as refused:
			sending.send(referral.name)
		assert refused.value.code == "ALREADY_SENT"
		assert frappe.db.count("Email Queue", {"reference_name": referral.name}) == 1


class TestReturning:
	def test_values_become_a_result_that_names_the_laboratory(self, outside):
		order, referral = outside.sent()
		url = outside.filled(referral, value="7,5", note="повторено")
		assert returns.check(referral.name, url) == {"values": 1, "orders": 1, "empty": 0, "problems": []}
		assert results_of(order.name) == []
		(name,) = returns.take(referral.name, url)
		(row,) = frappe.get_doc("Lab Result", name).items
		assert (row.analyte, row.value, row.flag) == (outside.lab.glu, "7.5", "H")
		assert (row.laboratory, row.note) == (outside.title, "повторено")
		fresh(referral)
		assert (referral.status, referral.items[0].state, referral.items[0].result) == (
			"Returned",
			"Returned",
			name,
		)
		assert fresh(order).items[0].status == "Ready"
		filters = {"event": "referral.returned", "payload": ("like", f"%{referral.name}%")}
		assert frappe.db.count("Journey Event", filters) == 1

	def test_the_document_says_who_made_it_also_beside_our_own_values(self, outside):
		order, referral = outside.sent()
		returns.take(referral.name, outside.filled(referral))
		outside.lab.report(order, *outside.lab.count(), minutes=5 * 24 * 60)
		html = "".join(
			frappe.get_print("Lab Result", each.name, "Lab Result") for each in results_of(order.name)
		)
		assert html.count(f"Исследование выполнено в лаборатории: {outside.title}") == 1

	def test_a_part_may_come_first(self, outside):
		first, referral = outside.referred()
		outside.referred()
		sending.send(referral.name)
		fresh(referral)
		url = outside.filled(referral)
		book = load_workbook(frappe.get_doc("File", {"file_url": url}).get_full_path())
		book.active.cell(ROW_OF_HEADER + 2, list(workbook.COLUMNS).index("value") + 1).value = None
		stream = io.BytesIO()
		book.save(stream)
		url = uploaded(stream.getvalue())
		assert returns.check(referral.name, url)["empty"] == 1
		returns.take(referral.name, url)
		assert fresh(referral).status == "Partly Returned" and results_of(first.name)
		returns.take(referral.name, outside.filled(referral, value="5,8"))
		assert fresh(referral).status == "Returned"

	def test_the_same_file_is_not_taken_twice(self, outside):
		_order, referral = outside.sent()
		url = outside.filled(referral)
		returns.take(referral.name, url)
		with pytest.raises(Refusal) as refused:
			returns.take(referral.name, url)
		assert refused.value.code == "ALREADY_TAKEN"

	@pytest.mark.parametrize(
		("columns", "said"),
		[
			({"value": "много"}, "Строка 4, столбец «Значение»: «много» — не число"),
			({"unit": "литр"}, "столбец «Единица измерения»: «литр» нельзя пересчитать"),
			({"reported_on": "вчера"}, "столбец «Дата результата»: «вчера» — не дата"),
			({"reported_on": "21.11.2099"}, "столбец «Дата результата»: дата в будущем"),
			({"order": "ORD-00000000"}, "столбец «Направление»: направления ORD-00000000 нет"),
			({"analyte": "НЕТ"}, "столбец «Код показателя»: НЕТ в этом направлении не назначали"),
		],
	)
	def test_a_wrong_row_is_named_and_nothing_is_written(self, outside, columns, said):
		order, referral = outside.sent()
		url = outside.filled(referral, **columns)
		(problem,) = returns.check(referral.name, url)["problems"]
		assert said in problem
		with pytest.raises(Refusal) as refused:
			returns.take(referral.name, url)
		assert refused.value.code == "BAD_WORKBOOK" and said in refused.value.message
		assert results_of(order.name) == [] and fresh(referral).status == "Sent"

	def test_files_that_are_no_workbook_of_ours(self, outside):
		_order, referral = outside.sent()
		book, stream = Workbook(), io.BytesIO()
		book.active.append(["что-то", "другое"])
		book.save(stream)
		for content, code in ((b"PK nothing", "NOT_XLSX"), (stream.getvalue(), "NO_HEADER")):
			with pytest.raises(Refusal) as refused:
				returns.check(referral.name, uploaded(content))
			assert refused.value.code == code
		with pytest.raises(Refusal) as refused:
			returns.check(referral.name, "/private/files/none.xlsx")
		assert refused.value.code == "NO_FILE"

	def test_nothing_is_taken_before_it_was_sent(self, outside):
		_order, referral = outside.referred()
		with pytest.raises(Refusal) as refused:
			returns.check(referral.name, outside.filled(referral))
		assert refused.value.code == "NOT_SENT"


class TestHL7:
	@pytest.fixture
	def wired(self, line):
		return Outside(line, channel="HL7", connection=line.connection.name, email=None)

	def test_the_message_asks_for_its_part_alone_and_names_nobody(self, wired):
		order, referral = wired.sent()
		message = frappe.get_doc("LIS Message", {"lab_order": order.name, "direction": "Out"})
		assert message.connection == wired.line.connection.name and referral.sent_to == message.connection
		assert "A-17" in message.raw and order.placer_number in message.raw
		assert wired.lab.blood_count.name not in message.raw
		assert wired.lab.patient.last_name not in message.raw and wired.lab.patient.mobile not in message.raw

	def test_what_changes_later_is_told_once_for_an_event(self, wired):
		order, referral = wired.sent()
		for action, code in ((CHANGE, "XO"), (CANCEL, "CA")):
			cause = random_name("EVT")
			for _twice in range(2):
				telling.tell(referral.name, order.name, action, cause)
			filters = {"lab_order": order.name, "direction": "Out", "raw": ("like", f"%ORC|{code}|%")}
			[message] = frappe.get_all("LIS Message", filters, ["connection", "raw"])
			assert message.connection == wired.line.connection.name and "A-17" in message.raw

	def test_its_results_come_as_any_and_name_the_laboratory(self, wired):
		order, referral = wired.sent()
		text = wired.line.report(order, wired.line.glucose("7.5", "H"), filler="ЧУЖОЙ-1")
		assert wired.line.process(text).status == "Processed"
		(result,) = results_of(order.name)
		assert values_of(result) == {wired.lab.glu: "7.5"}
		assert result.items[0].laboratory == wired.title
		assert fresh(referral).status == "Returned" and not fresh(order).filler_number


class TestReading:
	def test_formulas_are_not_sent_to_their_excel(self):
		raw = workbook.write("Т", [{"order": "=1+1"}], sending_words(), "Р")
		cell = load_workbook(io.BytesIO(raw)).active.cell(ROW_OF_HEADER + 1, 1)
		assert cell.data_type == "s" and cell.value == "'=1+1"

	def test_dates_as_excel_keeps_them_and_as_people_write_them(self):
		book, stream = Workbook(), io.BytesIO()
		book.active.append(["order", "analyte", "value", "reported_on"])
		for day in (frappe.utils.get_datetime("2026-11-20 09:30:00"), "20.11.2026", "2026-11-20", None):
			book.active.append(["O", "A", 5.5, day])
		book.save(stream)
		lines = workbook.read(stream.getvalue(), sending_words())
		days = [workbook.as_moment(line, "reported_on") for line in lines]
		assert [str(day)[:10] for day in days] == ["2026-11-20"] * 3 + ["None"]
		assert lines[0].value == "5.5"


def sending_words() -> dict[str, str]:
	return {name: name for name in workbook.COLUMNS}
