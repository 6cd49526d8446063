"""Receipts (54-FZ): the queue and its retries; the client of ATOL Online against a server that plays it."""

import json
from collections import Counter
from datetime import timedelta
from decimal import Decimal

import frappe
import pytest
from pytest_httpserver import URIPattern
from werkzeug import Request, Response

from lab_crm.erp.fiscal import atol, offline, receipts
from lab_crm.erp.fiscal.base import SELL, SELL_REFUND, Position
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal

pytestmark = pytest.mark.usefixtures("kept")
D = Decimal
PASSWORD = "пароль-теста"


class Atol:
	"""Plays ATOL Online: knows a receipt by its external_id, once; fails as it is told."""

	def __init__(self, server):
		self.server = server
		self.taken: dict[str, str] = {}
		self.bodies: list[dict] = []
		self.calls: Counter = Counter()
		self.trouble: list[Response | str] = []
		self.status = "done"
		self.decided: dict[str, str] = {}
		server.expect_request("/v4/getToken").respond_with_handler(self.token)
		for operation in ("sell", "sell_refund"):
			server.expect_request(f"/v4/group/{operation}").respond_with_handler(self.sell)
		server.expect_request(Starts("/v4/group/report/")).respond_with_handler(self.report)

	def token(self, request: Request) -> Response:
		self.calls["token"] += 1
		right = request.json == {"login": "касса", "pass": PASSWORD}
		return answer({"token": f"token-{self.calls['token']}"} if right else {"error": {"text": "нет"}})

	def sell(self, request: Request) -> Response:
		self.calls["sell"] += 1
		if request.headers.get("Token") != f"token-{self.calls['token']}":
			return answer({"error": {"code": 11, "text": "token"}}, 401)
		given = request.json
		self.bodies.append({"operation": request.path.rsplit("/", 1)[1], **given})
		known = given["external_id"] in self.taken
		uuid = self.taken.setdefault(given["external_id"], f"uuid-{len(self.taken) + 1}")
		if self.trouble:
			return self.trouble.pop(0)
		return answer({"uuid": uuid, "status": "wait", "error": {"code": 33} if known else None})

	def report(self, request: Request) -> Response:
		self.calls["report"] += 1
		uuid = request.path.rsplit("/", 1)[1]
		status = self.decided.get(uuid, self.status)
		if status != "wait":  # what was decided about a document stays so
			self.decided[uuid] = status
		if status == "fail":
			return answer({"uuid": uuid, "status": "fail", "error": {"code": 1, "text": "ФН переполнен"}})
		payload = {
			"fn_number": "9999078900000001",
			"fiscal_document_number": 133,
			"fiscal_document_attribute": 3449555941,
			"ofd_receipt_url": f"https://ofd.example/{uuid}",
		}
		return answer({"uuid": uuid, "status": status, "payload": payload, "error": None})


class Starts(URIPattern):
	"""Any path that begins so."""

	def __init__(self, start: str):
		self.start = start

	def match(self, uri: str) -> bool:
		return uri.startswith(self.start)


def answer(given: dict, status: int = 200) -> Response:
	return Response(json.dumps(given), status, content_type="application/json")


@pytest.fixture
def server(site, httpserver):
	settings = frappe.get_doc("ERP Settings")
	settings.update(
		{
			"fiscal_registrar": "atol",
			"atol_url": httpserver.url_for("/v4"),
			"atol_group": "group",
			"atol_login": "касса",
			"atol_password": PASSWORD,
			"company_inn": "7700000000",
			"taxation": "usn_income",
			"receipts_email": "lab@lab-crm.invalid",
			"payment_address": "lab.example",
		}
	)
	settings.save()
	key = atol.token_key(atol.access())
	frappe.cache().delete_value(key)
	yield Atol(httpserver)
	frappe.cache().delete_value(key)


def queued(make, kind: str = SELL, **sums) -> str:
	sums = sums or {"cash": 500, "electronic": 400.5}
	total = sum((D(str(amount)) for amount in sums.values()), D(0))
	patient = make.patient(email="patient@lab-crm.invalid")
	about = {"about_doctype": "Patient", "about": patient.name, "patient": patient.name}
	position = Position("Общий анализ крови", total, D(1), total, "full_payment", "service")
	return receipts.queue(f"тест {patient.name}", {"kind": kind, **about, **sums}, [position])


def stored(name: str):
	return frappe.get_doc("Fiscal Receipt", name)


def later(name: str) -> None:
	"""Let the pause of a receipt be over."""
	frappe.db.set_value("Fiscal Receipt", name, "next_attempt_at", clock.now() - timedelta(seconds=1))


class TestAtol:
	def test_sold_and_registered(self, server, make):
		name = queued(make)
		assert receipts.deliver(name) == "Registered"
		doc = stored(name)
		assert (doc.fn_number, doc.fd_number, doc.fiscal_sign) == ("9999078900000001", "133", "3449555941")
		assert doc.receipt_url == "https://ofd.example/uuid-1" and doc.registered_at
		[sent] = server.bodies
		assert (sent["operation"], sent["external_id"]) == ("sell", name)
		receipt = sent["receipt"]
		assert receipt["client"] == {"email": "patient@lab-crm.invalid"}
		assert receipt["company"] == {
			"email": "lab@lab-crm.invalid",
			"sno": "usn_income",
			"inn": "7700000000",
			"payment_address": "lab.example",
		}
		assert receipt["payments"] == [{"type": 0, "sum": 500.0}, {"type": 1, "sum": 400.5}]
		assert receipt["total"] == 900.5
		[line] = receipt["items"]
		assert (line["payment_object"], line["payment_method"], line["vat"]) == (
			"service",
			"full_payment",
			{"type": "none"},
		)

	def test_a_refund_goes_as_a_refund(self, server, make):
		receipts.deliver(queued(make, SELL_REFUND, prepaid=100))
		assert server.bodies[0]["operation"] == "sell_refund"
		assert server.bodies[0]["receipt"]["payments"] == [{"type": 2, "sum": 100.0}]

	@pytest.mark.parametrize("answered", [Response("<html>", 502), Response("", 200), Response("[]", 200)])
	def test_taken_but_not_answered_it_is_sent_again_and_stays_one(self, server, make, answered):
		name = queued(make)
		server.trouble = [answered]
		assert receipts.deliver(name) == "Queued"
		doc = stored(name)
		assert doc.error and doc.next_attempt_at > clock.now() and PASSWORD not in doc.error
		assert receipts.deliver(name) == "Queued"  # not due yet
		later(name)
		receipts.sweep()
		assert stored(name).status == "Registered"
		assert list(server.taken) == [name] and stored(name).provider_id == "uuid-1"

	def test_an_old_token_is_replaced(self, server, make):
		receipts.deliver(queued(make))
		frappe.cache().set_value(atol.token_key(atol.access()), "old", expires_in_sec=60)
		assert receipts.deliver(queued(make)) == "Registered"
		assert server.calls["token"] == 2

	def test_nobody_listens(self, server, make):
		name = queued(make)
		frappe.db.set_single_value("ERP Settings", "atol_url", "http://127.0.0.1:9/v4")
		assert receipts.deliver(name) == "Queued"
		assert "ConnectionError" in stored(name).error

	def test_it_waits_for_the_till_and_asks_again(self, server, make):
		name = queued(make)
		server.status = "wait"
		assert receipts.deliver(name) == "Sent"
		server.status = "done"
		later(name)
		assert receipts.deliver(name) == "Registered"
		assert server.calls["sell"] == 1

	def test_what_the_till_refuses_waits_for_people(self, server, make, as_user):
		name = queued(make)
		server.status = "fail"
		assert receipts.deliver(name) == "Failed"
		assert "ФН переполнен" in stored(name).error
		receipts.sweep()
		assert server.calls["sell"] == 1
		server.status = "done"
		with as_user("Lab Receptionist"), pytest.raises(frappe.PermissionError):
			stored(name).retry()
		with as_user("Lab Accountant"):
			stored(name).retry()
		assert receipts.deliver(name) == "Registered"
		# Under the same id it would have answered with the failed document.
		assert list(server.taken) == [name, f"{name}-1"] and stored(name).provider_id == "uuid-2"

	def test_a_receipt_that_is_wrong_is_not_sent_for_ever(self, server, make):
		name = queued(make)
		server.trouble = [answer({"error": {"code": 32, "text": "неверный ИНН"}}, 400)]
		assert receipts.deliver(name) == "Failed"
		assert "неверный ИНН" in stored(name).error
		# No document was made of it: the id is free.
		receipts.retry(name)
		assert stored(name).sendings == 0


class TestQueue:
	def test_one_receipt_for_one_payment(self, server, make):
		values = {"kind": SELL, "cash": 10}
		position = Position("Анализ", D(10), D(1), D(10), "full_payment", "service")
		key = frappe.generate_hash(length=12)
		first, second = (receipts.queue(key, values, [position]) for _ in range(2))
		assert first == second

	def test_the_sums_must_add_up(self, server):
		position = Position("Анализ", D(10), D(1), D(10), "full_payment", "service")
		with pytest.raises(Refusal) as caught:
			receipts.queue("x", {"kind": SELL, "cash": 9.99}, [position])
		assert caught.value.code == "RECEIPT_UNBALANCED"

	def test_no_sum_is_below_zero(self, server):
		position = Position("Анализ", D(300), D(1), D(300), "full_payment", "service")
		with pytest.raises(Refusal) as caught:
			receipts.queue("x", {"kind": SELL, "cash": 500, "prepaid": -200}, [position])
		assert caught.value.code == "RECEIPT_NEGATIVE"

	def test_without_a_registrar_there_is_no_receipt(self, site, make):
		frappe.db.set_single_value("ERP Settings", "fiscal_registrar", None)
		assert queued(make) is None

	def test_offline_it_is_written_to_a_file(self, site, make):
		frappe.db.set_single_value("ERP Settings", "fiscal_registrar", "offline")
		name = queued(make)
		assert receipts.deliver(name) == "Registered"
		with open(offline.path(), encoding="utf-8") as file:
			lines = [json.loads(line) for line in file]
		assert [line["total"] for line in lines if line["id"] == name] == ["900.50"]

	def test_pauses_grow_to_an_hour(self):
		pauses = [receipts.pause_after(number) for number in range(1, 20)]
		assert pauses == sorted(pauses) and pauses[0] < timedelta(minutes=1)
		assert pauses[-1] == timedelta(hours=1)

	def test_nobody_edits_or_deletes_a_receipt(self, server, make):
		doc = stored(queued(make))
		for act in (doc.save, doc.delete):
			with pytest.raises(Refusal):
				act(ignore_permissions=True)
