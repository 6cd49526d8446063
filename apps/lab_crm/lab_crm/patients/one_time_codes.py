"""One-time codes that prove a phone: six digits, five minutes, five tries, used once; only a digest is kept.

Whether a patient has the phone plays no part here, so that nothing can be learnt about who is a patient.
"""

import hashlib
import hmac
import secrets

import frappe
from frappe import _
from frappe.utils.password import get_encryption_key

from lab_crm.utils.errors import Refusal

DIGITS = 6
LIFE_SECONDS = 300
TRIES = 5
MOST_CODES, CODES_SECONDS = 5, 600  # codes asked for by one phone in that time
# With five tries each: whoever guesses all day long finds a code with a chance of one in ten thousand.
MOST_A_DAY, DAY_SECONDS = 20, 24 * 3600
NO_CODE = "0" * 64  # stands for the digest where there is no code


def ask(mobile: str) -> None:
	"""Count that somebody wants a code for a phone; the earlier code and its tries end now.

	Args:
		mobile: E.164.

	Raises:
		Refusal: TOO_MANY_CODES (429).
	"""
	if _count("sent", mobile, CODES_SECONDS) > MOST_CODES:
		message = _("Too many codes were sent to this phone. Try again in ten minutes")
		raise Refusal("TOO_MANY_CODES", message, "mobile", 429)
	if _count("sent_today", mobile, DAY_SECONDS) > MOST_A_DAY:
		message = _("Too many codes were sent to this phone today. Call us: we will help")
		raise Refusal("TOO_MANY_CODES", message, "mobile", 429)
	frappe.cache.delete(_key("code", mobile), _key("tries", mobile))


def issue(mobile: str) -> str:
	"""Return a new code for a phone; an earlier one no longer works.

	Args:
		mobile: E.164.
	"""
	code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
	frappe.cache.delete(_key("tries", mobile))
	frappe.cache.set(_key("code", mobile), _digest(mobile, code), ex=LIFE_SECONDS)
	return code


def redeem(mobile: str, code: str) -> None:
	"""Accept the code of a phone, once.

	Args:
		mobile: E.164.
		code: what the person typed.

	Raises:
		Refusal: CODE_WRONG (403), TOO_MANY_TRIES (429).
	"""
	if _count("tries", mobile, LIFE_SECONDS) > TRIES:
		frappe.cache.delete(_key("code", mobile))
		message = _("The code was entered wrongly too many times. Ask for a new one")
		raise Refusal("TOO_MANY_TRIES", message, "code", 429)
	kept = frappe.cache.get(_key("code", mobile)) or NO_CODE.encode()
	right = hmac.compare_digest(kept, _digest(mobile, code).encode())
	# Of two requests with the right code only one deletes it.
	if not right or not frappe.cache.delete(_key("code", mobile)):
		raise Refusal("CODE_WRONG", _("The code is wrong or out of date"), "code", 403)
	frappe.cache.delete(_key("tries", mobile))


def _count(what: str, mobile: str, seconds: int) -> int:
	key = _key(what, mobile)
	count = frappe.cache.incr(key)
	if count == 1:
		frappe.cache.expire(key, seconds)
	return count


def _digest(mobile: str, code: str) -> str:
	return hmac.new(get_encryption_key().encode(), f"{mobile}:{code}".encode(), hashlib.sha256).hexdigest()


def _key(what: str, mobile: str) -> bytes:
	return frappe.cache.make_key(f"lab_crm:one_time_{what}:{_digest(mobile, what)}")
