"""The portal over HTTP: the code, the session, one's own records and nobody else's."""

from datetime import timedelta

import frappe
import pytest

from lab_crm.laboratory.results import store_result
from lab_crm.laboratory.tests.arrange import Laboratory
from lab_crm.patients import one_time_codes
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
		assert self.api.post("portal.request_code", mobile=mobile).status_code == 200
		code = wait_for(lambda: self.stack.sms(mobile), "the code")[-1]["text"][:6]
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


def test_five_wrong_tries_end_a_code(site):
	mobile = f"+7900{random_digits(7)}"
	code = one_time_codes.issue(mobile)
	for _try in range(one_time_codes.TRIES):
		with pytest.raises(frappe.ValidationError) as refused:
			one_time_codes.redeem(mobile, "wrong")
		assert refused.value.code == "CODE_WRONG"
	with pytest.raises(frappe.ValidationError) as refused:
		one_time_codes.redeem(mobile, code)
	assert refused.value.code == "TOO_MANY_TRIES"


def test_a_code_works_once_and_a_new_one_replaces_it(site):
	mobile = f"+7900{random_digits(7)}"
	first = one_time_codes.issue(mobile)
	second = one_time_codes.issue(mobile)
	if first != second:
		with pytest.raises(frappe.ValidationError):
			one_time_codes.redeem(mobile, first)
	one_time_codes.redeem(mobile, second)
	with pytest.raises(frappe.ValidationError):
		one_time_codes.redeem(mobile, second)


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
