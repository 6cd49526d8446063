"""Chain of custody and courier lists: every move by scanning, and nothing that can be changed afterwards."""

from datetime import timedelta

import frappe
import pytest

from lab_crm.laboratory import branch_rights, custody, transfers
from lab_crm.laboratory.checkin import check_in
from lab_crm.laboratory.collection import mark_collected, reject_specimen, store
from lab_crm.laboratory.courier_list import courier_list
from lab_crm.laboratory.tests.arrange import Laboratory, fresh, insert
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal


class Courier:
	"""A branch that collects, a branch that examines, and two tubes collected in the first."""

	def __init__(self, make):
		self.lab = Laboratory(make)
		self.home, self.centre = self.lab.branch.name, make.branch().name
		self.tubes = sorted(self.collected())

	def collected(self) -> list[str]:
		tubes = check_in(self.lab.booking().name)["specimens"]
		mark_collected(tubes)
		return tubes

	def list(self, start: str | None = None, end: str | None = None):
		return insert("Specimen Transfer", from_branch=start or self.home, to_branch=end or self.centre)

	def packed(self, *tubes: str):
		doc = self.list()
		assert transfers.pack(doc.name, list(tubes or self.tubes))["refused"] == []
		return doc

	def sent(self, *tubes: str):
		doc = self.packed(*tubes)
		transfers.hand_over(doc.name, "Курьер Тестов", "П-17", "4,5", str(clock.now() + timedelta(hours=2)))
		return fresh(doc)


@pytest.fixture
def way(make):
	return Courier(make)


def actions(tube: str) -> list[str]:
	return [link.action for link in custody.links(tube)]


def tube_state(tube: str) -> tuple:
	return frappe.db.get_value("Specimen", tube, ["status", "location", "transfer"])


def codes(answer: dict) -> list[str]:
	return [row["code"] for row in answer["refused"]]


@pytest.fixture
def told(monkeypatch) -> list[str]:
	"""Subjects of what staff are told."""
	subjects: list[str] = []
	monkeypatch.setattr(
		"frappe.email.doctype.notification.notification.enqueue_create_notification",
		lambda _users, doc: subjects.append(doc["subject"]),
	)
	return subjects


class TestChain:
	def test_each_move_says_who_when_and_where(self, way, as_user):
		with as_user("Lab Nurse") as nurse:
			doc = way.sent()
			transfers.receive(doc.name, [way.tubes[0]])
			store([way.tubes[0]], "холодильник 2, штатив 5")
			reject_specimen(way.tubes[0], "Гемолиз")
		links = custody.links(way.tubes[0])
		assert [(link.action, link.branch) for link in links] == [
			("Collected", way.home),
			("Packed", way.home),
			("Handed Over", way.home),
			("Received", way.centre),
			("Stored", way.centre),
			("Rejected", way.centre),
		]
		assert {link.by_user for link in links[1:]} == {nurse} and all(link.at for link in links)
		assert links[2].transfer == doc.name and "П-17" in links[2].note
		assert (links[4].place, links[5].note) == ("холодильник 2, штатив 5", "Гемолиз")
		assert custody.history(way.tubes[0])["broken_at"] is None

	def test_a_link_is_neither_changed_nor_deleted(self, way):
		link = frappe.get_doc(custody.DOCTYPE, {"specimen": way.tubes[0]})
		link.branch = way.centre
		with pytest.raises(Refusal):
			link.save(ignore_permissions=True)
		with pytest.raises(Refusal):
			fresh(link).delete(ignore_permissions=True)

	@pytest.mark.parametrize("field", ["branch", "by_user", "at", "note", "action"])
	def test_a_change_behind_the_products_back_is_found(self, way, field):
		way.sent()
		name = frappe.db.get_value(custody.DOCTYPE, {"specimen": way.tubes[0], "position": 2})
		value = {"at": clock.now() - timedelta(days=1), "action": "Stored"}.get(field, "другое")
		frappe.db.set_value(custody.DOCTYPE, name, field, value)
		assert custody.history(way.tubes[0])["broken_at"] == 2

	def test_a_removed_link_is_found(self, way):
		way.sent()
		frappe.db.delete(custody.DOCTYPE, {"specimen": way.tubes[0], "position": 2})
		assert custody.history(way.tubes[0])["broken_at"] == 2

	def test_what_is_not_here_is_not_stored(self, way):
		way.sent()
		with pytest.raises(Refusal) as refused:
			store([way.tubes[0]], "холодильник")
		assert refused.value.code == "NOT_HERE" and actions(way.tubes[0])[-1] == "Handed Over"
		with pytest.raises(Refusal):
			store([way.tubes[0]], " ")


class TestPacking:
	def test_tubes_are_packed_once_however_often_they_are_scanned(self, way):
		doc = way.list()
		assert transfers.pack(doc.name, way.tubes)["done"] == way.tubes
		again = transfers.pack(doc.name, way.tubes)
		assert (again["done"], again["already"], again["packed"]) == ([], way.tubes, 2)
		assert actions(way.tubes[0]) == ["Collected", "Packed"]
		assert tube_state(way.tubes[0]) == ("Collected", way.home, doc.name)

	def test_a_bad_scan_keeps_no_other_back(self, way):
		planned = check_in(way.lab.booking().name)["specimens"][0]
		doc = way.list()
		answer = transfers.pack(doc.name, ["614141007348", "614141007349", planned, f" {way.tubes[0]}\n"])
		assert codes(answer) == ["BAD_BARCODE", "UNKNOWN_BARCODE", "NOT_COLLECTED"]
		assert answer["done"] == [way.tubes[0]]
		assert frappe.local.refusal is None, "the screen would show a refusal of a call that went well"

	def test_a_tube_on_another_list_and_one_of_another_branch_are_refused(self, way):
		first = way.packed(way.tubes[0])
		second = way.list()
		refused = transfers.pack(second.name, [way.tubes[0]])["refused"][0]
		assert refused["code"] == "ON_ANOTHER_LIST" and first.name in refused["message"]
		foreign = way.list(way.centre, way.home)
		assert codes(transfers.pack(foreign.name, [way.tubes[1]])) == ["WRONG_BRANCH"]

	def test_a_rejected_tube_is_not_sent(self, way):
		reject_specimen(way.tubes[0], "Сгусток")
		assert codes(transfers.pack(way.list().name, [way.tubes[0]])) == ["SPECIMEN_REJECTED"]

	def test_a_tube_taken_off_may_go_with_another_list(self, way):
		doc = way.packed()
		assert transfers.unpack(doc.name, way.tubes[0]) == 1
		way.packed(way.tubes[0])
		assert actions(way.tubes[0])[-3:] == ["Packed", "Unpacked", "Packed"]
		with pytest.raises(Refusal) as refused:
			transfers.unpack(doc.name, way.tubes[0])
		assert refused.value.code == "NOT_ON_LIST"

	def test_a_cancelled_list_lets_its_tubes_go(self, way):
		doc = way.packed()
		transfers.cancel(doc.name)
		assert fresh(doc).status == "Cancelled" and tube_state(way.tubes[0]) == ("Collected", way.home, None)
		with pytest.raises(Refusal):
			transfers.pack(doc.name, way.tubes)

	def test_a_form_cannot_fill_or_move_a_list(self, way):
		doc = way.packed()
		for change in ({"status": "Received"}, {"items": []}, {"packed_count": 9}):
			form = fresh(doc)
			form.update(change)
			with pytest.raises(Refusal) as refused:
				form.save()
			assert refused.value.code == "TRANSFER_KEPT"
		form = fresh(doc)
		form.courier_name = "Курьер Тестов"
		form.save()
		self.same_from_a_browser(way.sent(way.collected()[0]))
		made = insert("Specimen Transfer", from_branch=way.home, to_branch=way.centre, status="Received")
		assert made.status == "Packing"
		with pytest.raises(Refusal):
			way.list(way.home, way.home)

	def same_from_a_browser(self, doc):
		"""A form sends texts where the database has times: that is no change."""
		form = frappe.get_doc(frappe.parse_json(fresh(doc).as_json()))
		form.note = "Встретить у входа"
		form.save()


class TestHandingOver:
	@pytest.mark.parametrize(
		("changed", "code"),
		[
			({"courier_name": " "}, "FIELD_MISSING"),
			({"seal_number": ""}, "FIELD_MISSING"),
			({"temperature": "холодно"}, "BAD_TEMPERATURE"),
			({"expected_at": "2020-01-01 10:00:00"}, "EXPECTED_IN_PAST"),
			({"expected_at": ""}, "EXPECTED_IN_PAST"),
		],
	)
	def test_what_is_missing_is_named(self, way, changed, code):
		given = {
			"courier_name": "Курьер Тестов",
			"seal_number": "П-17",
			"temperature": "4.5",
			"expected_at": str(clock.now() + timedelta(hours=2)),
			**changed,
		}
		doc = way.packed()
		with pytest.raises(Refusal) as refused:
			transfers.hand_over(doc.name, **given)
		assert refused.value.code == code and tube_state(way.tubes[0])[0] == "Collected"

	def test_an_empty_list_is_not_handed_over(self, way):
		with pytest.raises(Refusal) as refused:
			transfers.hand_over(way.list().name, "Т", "1", "4", str(clock.now() + timedelta(hours=1)))
		assert refused.value.code == "EMPTY_LIST"

	def test_a_list_on_its_way_is_as_it_was_handed_over(self, way):
		doc = way.sent()
		assert (doc.status, doc.temperature_out, doc.seal_number) == ("In Transit", 4.5, "П-17")
		assert tube_state(way.tubes[0]) == ("Sent", way.home, doc.name)
		with pytest.raises(Refusal):
			transfers.pack(doc.name, way.tubes)

	def test_a_courier_who_is_late_is_told_of_once(self, way, told):
		doc = way.sent()
		assert doc.name not in transfers.note_late()
		past = clock.now() - timedelta(minutes=1)
		frappe.db.set_value("Specimen Transfer", doc.name, "expected_at", past)
		assert doc.name in transfers.note_late() and doc.name not in transfers.note_late()
		assert told.count(f"Курьер опаздывает: лист {doc.name}") == 1


class TestReceiving:
	def test_missing_and_unexpected_tubes_are_named(self, way, told):
		doc = way.sent()
		stray = way.collected()[0]
		answer = transfers.receive(doc.name, [way.tubes[0], stray])
		assert (answer["waiting"], answer["unexpected"]) == ([way.tubes[1]], [stray])
		assert transfers.receive(doc.name, [way.tubes[0]])["already"] == [way.tubes[0]]
		assert transfers.close(doc.name, "6", 1) == {"missing": [way.tubes[1]], "unexpected": [stray]}
		fresh(doc)
		assert (doc.status, doc.missing_count, doc.unexpected_count) == ("Received", 1, 1)
		assert doc.seal_broken and doc.temperature_in == 6
		assert told == [f"Курьерский лист {doc.name} не сошёлся"]
		assert tube_state(way.tubes[0]) == ("Received", way.centre, None)
		assert tube_state(stray) == ("Received", way.centre, None)
		assert actions(way.tubes[1])[-1] == "Not Received"

	def test_a_missing_tube_may_come_later(self, way):
		doc = way.sent()
		transfers.close(doc.name, "4")
		assert transfers.receive(doc.name, [way.tubes[1]])["done"] == [way.tubes[1]]
		assert fresh(doc).missing_count == 1 and tube_state(way.tubes[1])[0] == "Received"

	def test_a_tube_of_another_list_is_taken_and_that_list_knows(self, way):
		first, second = way.sent(way.tubes[0]), way.sent(way.tubes[1])
		assert transfers.receive(first.name, [way.tubes[1]])["unexpected"] == [way.tubes[1]]
		row = fresh(second).items[0]
		assert row.state == "Received" and first.name in row.note
		assert transfers.close(second.name, "4")["missing"] == []

	def test_a_tube_that_is_here_already_is_refused(self, way):
		doc = way.sent()
		transfers.receive(doc.name, way.tubes)
		other = way.sent(way.collected()[0])
		assert codes(transfers.receive(other.name, [way.tubes[0]])) == ["ALREADY_HERE"]

	def test_a_list_that_was_not_handed_over_is_not_received(self, way):
		with pytest.raises(Refusal) as refused:
			transfers.receive(way.packed().name, way.tubes)
		assert refused.value.code == "NOT_IN_TRANSIT"


class TestBranches:
	@pytest.fixture
	def bound(self, way, as_user):
		"""The nurse is bound to the branch that examines."""
		with as_user("Lab Nurse") as user:
			pass
		rule = {"user": user, "allow": "Lab Branch", "for_value": way.centre, "apply_to_all_doctypes": 1}
		permission = frappe.get_doc({"doctype": "User Permission", **rule}).insert()
		yield user
		permission.delete()  # the cache that it went to is not rolled back

	def test_both_ends_see_a_list_and_each_does_its_part(self, way, bound, as_user):
		doc = way.sent()
		other = way.packed(way.collected()[0])
		with as_user("Lab Nurse"):
			assert frappe.get_list("Specimen Transfer", {"name": doc.name}, pluck="name") == [doc.name]
			with pytest.raises(frappe.PermissionError):
				transfers.pack(other.name, way.tubes)
			assert transfers.receive(doc.name, way.tubes)["done"] == way.tubes
			assert frappe.get_list("Specimen", {"name": way.tubes[0]}, pluck="name") == way.tubes[:1]
			reject_specimen(way.tubes[0], "Гемолиз")

	def test_lists_and_tubes_of_others_are_not_seen(self, way, bound, as_user, make):
		elsewhere = way.list(way.home, make.branch().name)
		with as_user("Lab Nurse"):
			assert frappe.get_list("Specimen Transfer", {"name": elsewhere.name}, pluck="name") == []
			assert not frappe.has_permission("Specimen Transfer", "read", doc=elsewhere.name)
			assert frappe.get_list("Specimen", {"name": ("in", way.tubes)}, pluck="name") == []
			assert not frappe.has_permission("Specimen", "read", doc=way.tubes[0])
			with pytest.raises(Refusal):
				way.list(way.home, way.centre)

	def test_an_unbound_user_acts_everywhere(self, way):
		assert branch_rights.allowed("Specimen") is None and branch_rights.may_act_in("Specimen", way.home)


def test_the_printed_list_has_barcodes_and_no_names(way):
	doc = way.sent()
	shown = courier_list(doc)
	assert [row["digits"].replace(" ", "") for row in shown["rows"]] == way.tubes
	html = frappe.get_print("Specimen Transfer", doc.name, "Courier List")
	assert html.count('class="barcode"') == 2 and "П-17" in html and "Курьер Тестов" in html
	assert way.lab.patient.full_name not in html and way.lab.patient.middle_name not in html
