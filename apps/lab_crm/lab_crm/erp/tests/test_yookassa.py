"""YooKassa against a server that plays it: begun once, believed only when read anew, given back once."""

import json
import uuid
from collections import Counter
from decimal import Decimal

import frappe
import pytest
from werkzeug import Request, Response

from lab_crm.booking.tests.support import fresh
from lab_crm.erp import acquiring, links, payments
from lab_crm.erp.providers import yookassa
from lab_crm.erp.providers.base import FAILED, Charge
from lab_crm.erp.tests.test_receipts import Starts
from lab_crm.utils import clock
from lab_crm.utils.errors import Refusal

pytestmark = pytest.mark.usefixtures("kept")
SHOP, SECRET = "100500", "ключ-теста"
SUM = Decimal("1000.00")


class YooKassa:
	"""Plays YooKassa: the same key is the same payment or refund; fails as it is told."""

	def __init__(self, server):
		self.payments: dict[str, dict] = {}
		self.refunds: dict[str, dict] = {}
		self.by_key: dict[str, dict] = {}
		self.calls: Counter = Counter()
		self.trouble: list[Response] = []
		self.refund_status = "succeeded"
		server.expect_request(Starts("/v3/")).respond_with_handler(self.answer)

	def answer(self, request: Request) -> Response:
		_nothing, _version, what, *rest = request.path.split("/")
		self.calls[f"{request.method} {what}"] += 1
		if (request.authorization.username, request.authorization.password) != (SHOP, SECRET):
			return said({"type": "error", "code": "invalid_credentials"}, 401)
		found = self.made(what, request) if request.method == "POST" else self.known(what, rest[0])
		return self.trouble.pop(0) if self.trouble else found

	def made(self, what: str, request: Request) -> Response:
		key = request.headers["Idempotence-Key"]
		if key not in self.by_key:
			made = {"id": str(uuid.uuid4()), **request.json}
			kept = self.payments if what == "payments" else self.refunds
			kept[made["id"]] = self.by_key[key] = made
			made["status"] = "pending" if what == "payments" else self.refund_status
			if what == "payments":
				made["confirmation"]["confirmation_url"] = f"https://pay.example/{made['id']}"
		return said(self.by_key[key])

	def known(self, what: str, name: str) -> Response:
		found = {"payments": self.payments, "refunds": self.refunds}[what].get(name)
		return said(found) if found else said({"type": "error", "code": "not_found"}, 404)


def said(given: dict, status: int = 200) -> Response:
	return Response(json.dumps(given), status, content_type="application/json")


@pytest.fixture
def shop(site, httpserver):
	settings = frappe.get_doc("ERP Settings")
	settings.update({"payment_provider": yookassa.NAME, "yookassa_url": httpserver.url_for("/v3")})
	settings.update({"yookassa_shop": SHOP, "yookassa_secret": SECRET, "yookassa_method": "sbp"})
	settings.save()
	return YooKassa(httpserver)


@pytest.fixture
def to_pay(paid_booking, shop):
	"""The link of a held booking; patients pay by YooKassa."""
	frappe.db.set_single_value("ERP Settings", "payment_provider", yookassa.NAME)
	return paid_booking[1]


@pytest.fixture
def begun(to_pay, shop):
	"""A payment that waits for its payer, as YooKassa keeps it."""
	payments.start(to_pay.name, links.offer().name, "127.0.0.1")
	[payment] = shop.payments.values()
	return payment


@pytest.fixture
def credit(begun):
	"""Money that came after the booking was cancelled: to be given back."""
	frappe.db.set_value("Booking", fresh_link(begun).booking, "status", "Cancelled")
	begun["status"] = "succeeded"
	tell(begun)
	[name] = frappe.get_all("Patient Payment", {"payment_id": begun["id"]}, pluck="name")
	return frappe.get_doc("Patient Payment", name)


def fresh_link(payment: dict):
	return frappe.get_doc(links.DOCTYPE, payment["metadata"]["link"])


def tell(payment: dict, event: str = "payment.succeeded", **fields) -> None:
	"""Call the webhook with what YooKassa would send, or what an impostor says instead."""
	body = {"type": "notification", "event": event, "object": {**payment, **fields}}
	payments.notified(yookassa.NAME, {}, json.dumps(body).encode())


def refused(code: str, function, *given) -> Refusal:
	with pytest.raises(Refusal) as caught:
		function(*given)
	assert caught.value.code == code, caught.value.message
	return caught.value


class TestStart:
	def test_a_payment_is_begun_with_the_amount_the_link_and_the_way(self, to_pay, shop):
		url = payments.start(to_pay.name, links.offer().name, "127.0.0.1")
		[made] = shop.payments.values()
		assert url == f"https://pay.example/{made['id']}"
		assert made["amount"] == {"value": "1000.00", "currency": "RUB"}
		assert (made["capture"], made["metadata"]) == (True, {"link": to_pay.name})
		assert made["payment_method_data"] == {"type": "sbp"}
		assert links.by_token(made["confirmation"]["return_url"].split("/pay/")[1]) == to_pay.name
		assert frappe.db.get_value(links.DOCTYPE, to_pay.name, "payment_id") == made["id"]

	def test_the_same_attempt_is_the_same_payment(self, shop):
		charge = Charge("PRL-1", "attempt-1", SUM, "RUB", "x" * 200, "https://lab.example/pay/1")
		provider = yookassa.YooKassaProvider()
		assert provider.start(charge) == provider.start(charge)
		[made] = shop.payments.values()
		assert len(made["description"]) == yookassa.DESCRIPTION

	@pytest.mark.parametrize(
		"trouble", [said({"code": "internal_server_error"}, 500), Response("<html>oops"), said({})]
	)
	def test_a_provider_out_of_order_costs_the_patient_nothing(self, to_pay, shop, trouble):
		shop.trouble.append(trouble)
		offer = links.offer().name
		refusal = refused("PROVIDER_FAILED", payments.start, to_pay.name, offer, "127.0.0.1")
		assert refusal.http_status_code == 502
		assert payments.start(to_pay.name, offer, "127.0.0.1")

	def test_a_wrong_key_is_no_secret_told(self, to_pay, shop):
		settings = frappe.get_doc("ERP Settings")
		settings.yookassa_secret = "другой"
		settings.save()
		offer = links.offer().name
		refusal = refused("PROVIDER_FAILED", payments.start, to_pay.name, offer, "127.0.0.1")
		assert "другой" not in refusal.message


class TestWebhook:
	def test_paid_it_books_once(self, begun):
		begun["status"] = "succeeded"
		for _twice in range(2):
			tell(begun)
		booking = fresh(frappe.get_doc("Booking", fresh_link(begun).booking))
		assert (booking.status, booking.paid) == ("Booked", 1000)
		assert frappe.db.count("Patient Payment", {"payment_id": begun["id"]}) == 1

	def test_a_call_alone_is_not_believed(self, begun):
		tell(begun, status="succeeded")
		assert not frappe.db.exists("Patient Payment", {"payment_id": begun["id"]})
		assert fresh(frappe.get_doc("Booking", fresh_link(begun).booking)).status == "Held"

	def test_the_amount_is_what_yookassa_says_not_the_call(self, begun):
		begun["status"], begun["amount"] = "succeeded", {"value": "10.00", "currency": "RUB"}
		tell(begun, amount={"value": "1000.00", "currency": "RUB"})
		[row] = frappe.get_all("Patient Payment", {"payment_id": begun["id"]}, ["status", "amount"])
		assert (row.status, row.amount) == ("To Refund", 10)

	def test_what_is_no_payment_of_ours_is_refused_without_a_question(self, begun, shop):
		asked = shop.calls["GET payments"]
		for body in (b"", b"[]", b"{}", b'{"event":"payment.succeeded","object":{"id":"../refunds/1"}}'):
			refused("SIGNATURE_WRONG", payments.notified, yookassa.NAME, {}, body)
		assert shop.calls["GET payments"] == asked
		refused("SIGNATURE_WRONG", tell, {"id": str(uuid.uuid4())})

	def test_other_events_are_taken_and_change_nothing(self, begun):
		tell({"id": "x"}, event="refund.succeeded")
		begun["status"] = "canceled"
		tell(begun, event="payment.canceled")
		assert not frappe.db.exists("Patient Payment", {"payment_id": begun["id"]})
		assert yookassa.YooKassaProvider().look_up(begun["id"]).status == FAILED

	def test_without_an_answer_yookassa_is_asked_to_call_again(self, begun, shop):
		begun["status"] = "succeeded"
		shop.trouble.append(said({}, 503))
		assert refused("PROVIDER_FAILED", tell, begun).http_status_code == 502
		tell(begun)
		assert frappe.db.exists("Patient Payment", {"payment_id": begun["id"]})


class TestAsking:
	def test_a_payment_nobody_told_of_is_found(self, begun, shop):
		assert acquiring.ask_open() == 0
		begun["status"] = "succeeded"
		assert acquiring.ask_open() == 1
		assert fresh(frappe.get_doc("Booking", fresh_link(begun).booking)).status == "Booked"
		asked = shop.calls["GET payments"]
		assert acquiring.ask_open() == 0
		assert shop.calls["GET payments"] == asked

	def test_a_silent_provider_holds_nothing_up(self, begun, shop):
		begun["status"] = "succeeded"
		shop.trouble.append(said({}, 500))
		assert acquiring.ask_open() == 0
		assert acquiring.ask_open() == 1

	def test_old_ones_are_asked_about_no_more(self, begun, shop):
		old = clock.now() - acquiring.ASK_FOR
		frappe.db.set_value(links.DOCTYPE, fresh_link(begun).name, "offer_accepted_at", old)
		assert acquiring.ask_open() == 0
		assert not shop.calls["GET payments"]


class TestRefund:
	def test_it_is_given_back_once_and_recorded(self, credit, shop):
		assert (credit.status, acquiring.can_refund(credit)) == ("To Refund", True)
		made = acquiring.refund(credit.name)
		[refund] = shop.refunds.values()
		assert (refund["id"], refund["payment_id"]) == (made, credit.payment_id)
		assert refund["amount"] == {"value": "1000.00", "currency": "RUB"}
		credit.reload()
		assert (credit.status, made in credit.refund_note) == ("Refunded", True)
		refused("NOTHING_TO_REFUND", acquiring.refund, credit.name)
		assert len(shop.refunds) == 1

	def test_a_lost_answer_is_no_second_refund(self, credit, shop):
		shop.trouble.append(Response("", 504))
		refused("PROVIDER_FAILED", acquiring.refund, credit.name)
		assert fresh(credit).status == "To Refund"
		acquiring.refund(credit.name)
		assert len(shop.refunds) == 1

	def test_one_under_way_is_asked_about_again(self, credit, shop):
		shop.refund_status = "pending"
		refused("REFUND_PENDING", acquiring.refund, credit.name)
		[refund] = shop.refunds.values()
		assert fresh(credit).status == "To Refund"
		# Its first answer stays what it was; YooKassa is asked what became of it.
		shop.by_key = {key: dict(made) for key, made in shop.by_key.items()}
		refund["status"] = "succeeded"
		assert acquiring.refund(credit.name) == refund["id"]

	def test_a_refusal_says_why_and_leaves_the_credit(self, credit, shop):
		shop.refund_status = "canceled"
		refusal = refused("REFUND_REFUSED", acquiring.refund, credit.name)
		assert "canceled" in refusal.message
		assert fresh(credit).status == "To Refund"

	def test_other_providers_give_nothing_back_by_themselves(self, credit):
		credit.db_set("provider", "offline")
		assert not acquiring.can_refund(credit)
		refused("NOTHING_TO_REFUND", acquiring.refund, credit.name)
