"""The portal over HTTP: the code, the session, one's own records and nobody else's."""

import json
import re
from datetime import timedelta
from io import BytesIO
from urllib.parse import unquote

import frappe
import pytest
from pypdf import PdfReader

from lab_crm.api import portal
from lab_crm.laboratory.results import store_result
from lab_crm.laboratory.tests.arrange import Laboratory
from lab_crm.messaging import sealed, sign_in_code
from lab_crm.utils import clock
from tests.support.factories import random_digits
from tests.support.stack import wait_for


class Person:
	"""A patient with one result, and an HTTP session of their own."""

	def __init__(self, make, stack):
		self.stack = stack
		self.laboratory = Laboratory(make)
		self.patient = self.laboratory.patient
		self.order = self.laboratory.order()
		moment = clock.now() - timedelta(hours=1)
		values = [self.laboratory.glucose("7.5"), *self.laboratory.count()]
		self.result = store_result(self.order.name, values, "Final", moment)
		self.api = stack.api()

	def sign_in(self):
		"""Sign in by the code that is sent."""
		mobile = self.patient.mobile
		known = len(self.stack.sms(mobile))
		assert self.api.post("portal.request_code", mobile=mobile).status_code == 200
		code = wait_for(lambda: self.stack.sms(mobile)[known:], "the code")[-1]["text"][:6]
		answer = self.api.post("portal.sign_in", mobile=mobile, code=code)
		assert answer.status_code == 200, answer.text
		return self


@pytest.fixture
def person(site, make, stack):
	someone = Person(make, stack)
	frappe.db.commit()
	return someone


def test_the_code_opens_ones_own_results(person):
	person.sign_in()
	cards = person.api.get("portal.my_patients").json()["message"]["patients"]
	assert [card["name"] for card in cards] == [person.patient.name]
	results = person.api.get("portal.my_results", patient=person.patient.name).json()["message"]["results"]
	assert [row["name"] for row in results] == [person.result]
	one = person.api.get("portal.my_result", result=person.result).json()["message"]
	assert ("7.5", "H") in [(row["value"], row["flag"]) for row in one["items"]]
	pdf = person.api.get("results.download", result=person.result)
	assert pdf.status_code == 200 and pdf.content.startswith(b"%PDF")


@pytest.mark.parametrize(
	"call",
	[
		lambda api, result: api.get("portal.my_result", result=result),
		lambda api, result: api.get("results.download", result=result),
	],
)
def test_a_foreign_result_and_a_missing_one_answer_alike(person, make, stack, call):
	stranger = Person(make, stack)
	frappe.db.commit()
	stranger.sign_in()
	foreign, missing = call(stranger.api, person.result), call(stranger.api, "RES-00000000")
	assert foreign.status_code == missing.status_code == 404
	assert foreign.json() == missing.json()


def test_a_foreign_card_and_a_missing_one_answer_alike(person, make):
	person.sign_in()
	other = make.patient().name
	frappe.db.commit()
	answers = [person.api.get("portal.my_bookings", patient=name) for name in (other, "PAT-00000000")]
	assert [answer.status_code for answer in answers] == [404, 404]
	assert answers[0].json() == answers[1].json()


def test_whether_a_phone_is_known_cannot_be_learnt(person, stack):
	unknown = "+79009" + person.patient.mobile[-6:]
	answers = [
		stack.api().post("portal.request_code", mobile=number) for number in (person.patient.mobile, unknown)
	]
	assert answers[0].status_code == answers[1].status_code == 200
	assert answers[0].json() == answers[1].json()
	wrong = [
		stack.api().post("portal.sign_in", mobile=number, code="0000000")
		for number in (person.patient.mobile, unknown)
	]
	assert wrong[0].status_code == wrong[1].status_code == 403
	assert wrong[0].json() == wrong[1].json()


def test_a_result_waits_for_the_doctors_call(person):
	frappe.db.set_value("Lab Order", person.order.name, {"hold_until_call": 1, "called_at": None})
	frappe.db.commit()
	person.sign_in()
	assert person.api.get("portal.my_results").json()["message"]["results"] == []
	assert person.api.get("results.download", result=person.result).status_code == 404


def test_a_consent_is_given_and_withdrawn_at_once(person):
	person.sign_in()
	arguments = {"patient": person.patient.name, "purpose": "Marketing"}
	given = person.api.post("portal.set_consent", given=True, **arguments).json()["message"]
	assert given["active"] and given["given_on"]
	taken = person.api.post("portal.set_consent", given=False, **arguments).json()["message"]
	assert not taken["active"]
	rows = frappe.get_all(
		"Consent", {"patient": person.patient.name, "purpose": "Marketing"}, ["status", "evidence"]
	)
	assert [row.status for row in rows] == ["Withdrawn"] and rows[0].evidence


def test_signing_out_ends_the_session(person):
	person.sign_in()
	assert person.api.post("portal.sign_out").status_code == 200
	assert person.api.get("portal.my_patients").status_code == 401


def test_asking_for_a_code_does_the_same_work_for_every_phone(site, make, monkeypatch):
	"""A worker looks whether there is a card: the answer cannot come later for those who have one."""
	queued = []
	monkeypatch.setattr(frappe, "enqueue", lambda method, **given: queued.append((method, given)))
	known, unknown = make.patient().mobile, f"+7901{random_digits(7)}"
	statements = [statements_of(sign_in_code.ask, mobile) for mobile in (known, unknown)]
	assert statements == [0, 0]
	assert [given["mobile"] for _method, given in queued] == [known, unknown]


def statements_of(function, *arguments) -> int:
	"""Count the statements the database is asked."""
	asked, sql = [], frappe.db.sql
	frappe.db.sql = lambda *given, **named: asked.append(given) or sql(*given, **named)
	try:
		function(*arguments)
	finally:
		frappe.db.sql = sql
	return len(asked)


def test_an_unknown_phone_gets_no_message(site):
	mobile = f"+7901{random_digits(7)}"
	sign_in_code.send(mobile)
	assert not frappe.db.exists("Message", {"recipient": mobile})


def test_nobody_at_the_desk_can_read_a_code(person):
	person.sign_in()
	code = person.stack.sms(person.patient.mobile)[-1]["text"][:6]
	administrator = person.stack.api("Administrator")
	filters = json.dumps([["recipient", "=", person.patient.mobile], ["event", "=", "portal.code"]])
	params = {"filters": filters, "fields": '["*"]'}
	rows = administrator.get("/api/resource/Message", **params).json()["data"]
	assert rows and all(code not in json.dumps(row) and sealed.MASK in row["body"] for row in rows)


def test_the_session_is_the_patients_own_and_ends_by_itself(person):
	person.sign_in()
	(cookie,) = [each for each in person.api.http.cookies if each.name == "sid"]
	assert cookie.has_nonstandard_attr("HttpOnly") and cookie.get_nonstandard_attr("SameSite") == "Lax"
	data = frappe.cache.hget("session", cookie.value)
	assert data.data.session_expiry == portal.IDLE and data.user == data.data.user
	assert person.patient.mobile not in "".join(each.value or "" for each in person.api.http.cookies)
	first = cookie.value
	person.sign_in()
	assert person.api.http.cookies["sid"] != first


def test_what_is_private_is_kept_in_no_store(person):
	person.sign_in()
	paths = (
		"portal.my_results",
		"portal.my_patients",
		f"results.download?result={person.result}",
		"portal.my_result?result=RES-00000000",
	)
	for path in paths:
		assert person.api.get(path).headers["Cache-Control"] == "no-store", path
	assert person.api.get("/my").headers["Cache-Control"] == "no-store"


def test_the_pdf_is_a_file_with_a_cyrillic_name(person):
	person.sign_in()
	pdf = person.api.get("results.download", result=person.result)
	assert pdf.headers["Content-Type"] == "application/pdf"
	given = pdf.headers["Content-Disposition"]
	assert given.startswith("attachment") and "Результат" in unquote(given.rsplit("''", 1)[1])
	text = "".join(page.extract_text() for page in PdfReader(BytesIO(pdf.content)).pages)
	assert person.patient.last_name in text and "7,5" in text and "Страница 1 из" in text


def test_a_change_without_the_token_of_the_page_is_refused(person):
	person.sign_in()
	page = person.api.get("/my").text
	token = re.search(r'data-csrf="(\w+)"', page)[1]
	body = {"patient": person.patient.name, "purpose": "Marketing", "given": True}
	refused = person.api.post("portal.set_consent", **body)
	assert refused.status_code in (400, 403), refused.text
	person.api.http.headers["X-Frappe-CSRF-Token"] = token
	assert person.api.post("portal.set_consent", **body).status_code == 200


def test_a_document_is_verified_without_telling_what_is_in_it(person, stack):
	from lab_crm.laboratory.report import verify_link

	link = verify_link(person.result)
	answer = stack.api().get("results.verify", token=link.rsplit("/", 1)[1])
	assert answer.status_code == 200
	text = answer.text
	assert person.result in text and "7.5" not in text and "Глюкоза" not in text
	assert person.patient.last_name not in text
	page = stack.api().http.get(f"{stack.web}/v/{link.rsplit('/', 1)[1]}").text
	assert "Документ подлинный" in page and "7.5" not in page
	assert stack.api().get("results.verify", token="a.b").status_code == 404
