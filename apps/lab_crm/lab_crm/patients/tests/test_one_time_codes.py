"""One-time codes: five tries, used once, a limit on how many are asked for, and nothing readable kept."""

import frappe
import pytest

from lab_crm.patients import one_time_codes as codes
from lab_crm.utils.errors import Refusal
from tests.support.factories import random_digits

pytestmark = pytest.mark.usefixtures("site")


@pytest.fixture
def mobile() -> str:
	return f"+7900{random_digits(7)}"


def refusal(mobile: str, code: str) -> str:
	with pytest.raises(Refusal) as refused:
		codes.redeem(mobile, code)
	return refused.value.code


def test_five_wrong_tries_end_a_code(mobile):
	code = codes.issue(mobile)
	assert [refusal(mobile, "wrong") for _try in range(codes.TRIES)] == ["CODE_WRONG"] * codes.TRIES
	assert refusal(mobile, code) == "TOO_MANY_TRIES"


def test_a_code_works_once(mobile):
	code = codes.issue(mobile)
	codes.redeem(mobile, code)
	assert refusal(mobile, code) == "CODE_WRONG"


def test_asking_again_ends_the_earlier_code_at_once(mobile):
	code = codes.issue(mobile)
	codes.ask(mobile)
	assert refusal(mobile, code) == "CODE_WRONG"


def test_a_code_of_one_phone_opens_no_other(mobile):
	other = f"+7901{random_digits(7)}"
	code = codes.issue(mobile)
	codes.issue(other)
	frappe.cache.set(codes._key("code", other), codes._digest(mobile, code), ex=60)
	assert refusal(other, code) == "CODE_WRONG"


def test_codes_are_limited_in_ten_minutes_and_in_a_day(mobile):
	for _time in range(codes.MOST_CODES):
		codes.ask(mobile)
	with pytest.raises(Refusal) as refused:
		codes.ask(mobile)
	assert (refused.value.code, refused.value.http_status_code) == ("TOO_MANY_CODES", 429)
	asked = codes.MOST_CODES
	while asked < codes.MOST_A_DAY:
		frappe.cache.delete(codes._key("sent", mobile))  # ten minutes are over
		codes.ask(mobile)
		asked += 1
	frappe.cache.delete(codes._key("sent", mobile))
	with pytest.raises(Refusal) as refused:
		codes.ask(mobile)
	assert refused.value.code == "TOO_MANY_CODES"


def test_neither_code_nor_phone_is_readable_in_the_cache_and_both_pass(mobile):
	code = codes.issue(mobile)
	key = codes._key("code", mobile)
	kept = frappe.cache.get(key)
	assert code.encode() not in kept and mobile.encode() not in key
	assert 0 < frappe.cache.ttl(key) <= codes.LIFE_SECONDS
